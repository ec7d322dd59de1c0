-- wrk: random requests of the kind in REQUESTS, with data from TOKENS and the files beside it.
--   list, whoami   with a random token (TOKENS)
--   delete         revokes one session by another of the same person (TOKENS.pairs)
--   issue          issues a session of an existing identity (TOKENS.identities)
local kind = os.getenv("REQUESTS") or "list"
local suffix = { delete = ".pairs", issue = ".identities" }
local lines = {}
for line in io.lines(os.getenv("TOKENS") .. (suffix[kind] or "")) do
  lines[#lines + 1] = line
end

local make = {
  list = function(token)
    return "GET", "/sessions", { ["X-Session-Token"] = token }
  end,
  whoami = function(token)
    return "GET", "/sessions/whoami", { ["X-Session-Token"] = token }
  end,
  delete = function(pair)
    local token, session = pair:match("(%S+) (%S+)")
    return "DELETE", "/sessions/" .. session, { ["X-Session-Token"] = token }
  end,
  issue = function(identity)
    local body = '{"authentication_methods":[{"method":"password","aal":"aal1"}],'
      .. '"device":{"ip_address":"203.0.113.9","user_agent":"ExampleApp/3.2"}}'
    local headers = { ["Content-Type"] = "application/json" }
    return "POST", "/admin/identities/" .. identity .. "/sessions", headers, body
  end,
}

-- The requests are formatted before the run, because formatting one takes wrk as long as the
-- service takes to answer it, on the same processors. Requests that succeed only once are not
-- repeated: a run that uses all of them up reports an error.
local requests, nth = {}, 0
local once = kind == "delete"

function init()
  math.randomseed(os.time())
  for i = 1, math.min(#lines, 200000) do
    local line = math.random(i, #lines)
    lines[i], lines[line] = lines[line], lines[i]
    requests[i] = wrk.format(make[kind](lines[i]))
  end
end

function request()
  nth = nth + 1
  if nth > #requests then
    if once then io.write("ERRORS: no request is left\n") end
    nth = 1
  end
  return requests[nth]
end

function done(summary)
  local errors = summary.errors
  if errors.status + errors.connect + errors.read + errors.write + errors.timeout > 0 then
    io.write("ERRORS\n")
  end
end
