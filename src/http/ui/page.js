// Exact times in the zone and the words of whoever looks. Without this they are in UTC.
const words = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "medium",
  timeStyle: "short",
});
for (const time of document.querySelectorAll("time[datetime]")) {
  time.title = words.format(new Date(time.dateTime));
  time.querySelector(".exact").textContent = ` (${time.title})`;
}
