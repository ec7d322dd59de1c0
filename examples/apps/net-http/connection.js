// Shows whether this page is connected, and the reason when the app closes the connection.
const state = document.querySelector("#live");
const socket = new WebSocket(new URL("/live", location.href.replace(/^http/, "ws")));
socket.onmessage = (message) => (state.textContent = message.data);
socket.onclose = (closed) => (state.textContent = closed.reason || "disconnected");
