-- wrk: each request with a random line of the file in TOKENS.
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do
  tokens[#tokens + 1] = line
end

function init()
  math.randomseed(os.time())
end

function request()
  return wrk.format("GET", nil, { ["X-Session-Token"] = tokens[math.random(#tokens)] })
end

function done(summary)
  local errors = summary.errors
  if errors.status + errors.connect + errors.read + errors.write + errors.timeout > 0 then
    io.write("ERRORS\n")
  end
end
