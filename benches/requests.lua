-- wrk: random requests of the kind in REQUESTS, from the files beside TOKENS.
--   list, whoami   with someone's token (TOKENS)
--   delete         of one session by another of the same person (TOKENS.pairs)
--   issue          to someone who is there already (TOKENS.identities)
local kind = os.getenv("REQUESTS") or "list"
local suffix = { delete = ".pairs", issue = ".identities" }
local lines = {}
for line in io.lines(os.getenv("TOKENS") .. (suffix[kind] or "")) do
  lines[#lines + 1] = line
end

function init()
  math.randomseed(os.time())
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

function request()
  local method, path, headers, body = make[kind](lines[math.random(#lines)])
  return wrk.format(method, path, headers, body)
end

function done(summary)
  local errors = summary.errors
  if errors.status + errors.connect + errors.read + errors.write + errors.timeout > 0 then
    io.write("ERRORS\n")
  end
end
