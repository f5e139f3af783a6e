-- What processes share of rates and places: one run for each batch of requests that a process has at one moment.
--
-- KEYS[1]  the processes that live: a sorted set, each until its lease ends
-- KEYS[2]  a word that is gone when this server has lost its memory
-- KEYS[3]  counts the changes of keys: whoever sees another number than before reads its keys anew
-- KEYS[4…] a hash for each tenant or key: `r` and `t`, when its next request and token would come if all came evenly (GCRA's theoretical
--          arrival times), and a count of running requests for each process, by its name
--
-- ARGV[1]  msgpack: {process, lease, word, {places of this process in KEYS[4…] before this batch}, {operations}}
--          an operation is {TAKE, key, places, request, burst, tokens, burst, key, …}, {GIVE, key, tokens}, {UNDO, key, request, tokens},
--          {ADD, key, requests, burst, tokens, burst} or {TELL, key}; keys count from 1 for KEYS[4], what is not bounded is -1
--
-- All times are microseconds of this server's clock, so that no process's clock matters.
-- A process's own count is told by itself with each batch: an answer that got lost is mended by the next one. Counts of processes whose
-- lease has ended count no more.

local TAKE, GIVE, UNDO, ADD, TELL = 1, 2, 3, 4, 5
local CONCURRENCY, RATE, TOKEN_RATE = 1, 2, 3
local FIRST = 3
local PLACE_RETRY = 1000000

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local process, lease, word, mine, operations = unpack(cmsgpack.unpack(ARGV[1]))

local function text(number)
  return string.format('%.3f', number)
end

redis.call('ZADD', KEYS[1], text(now + lease), process)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(lease / 1000) * 4)
local lives, many = {}, 0
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  lives[name] = true
  many = many + 1
end
if redis.call('SETNX', KEYS[2], word) == 0 then
  word = redis.call('GET', KEYS[2])
end

local subjects = {}

local function subject(number)
  local found = subjects[number]
  if found then
    return found
  end
  found = {r = 0, t = 0, others = 0, mine = mine[number], told = 0}
  local key = KEYS[FIRST + number]
  local fields = redis.call('HGETALL', key)
  for index = 1, #fields, 2 do
    local name, value = fields[index], tonumber(fields[index + 1])
    if name == 'r' or name == 't' then
      found[name] = value
    elseif name == process then
      found.told = value
    elseif lives[name] then
      found.others = found.others + value
    else
      redis.call('HDEL', key, name)
    end
  end
  subjects[number] = found
  return found
end

local function take(operation)
  local wait, kind, which = 0, 0, 0
  for index = 2, #operation, 6 do
    local of = subject(operation[index])
    local places, request, burst = operation[index + 1], operation[index + 2], operation[index + 3]
    local tokens, tokens_burst = operation[index + 4], operation[index + 5]
    if places >= 0 and of.others + of.mine >= places and PLACE_RETRY > wait then
      wait, kind, which = PLACE_RETRY, CONCURRENCY, index
    end
    if request >= 0 then
      local late = math.max(of.r, now) + request - burst - now
      if late > 0.5 and late > wait then
        wait, kind, which = late, RATE, index
      end
    end
    if tokens >= 0 then
      local late = math.max(of.t, now) + tokens - tokens_burst - now
      if late > 0.5 and late > wait then
        wait, kind, which = late, TOKEN_RATE, index
      end
    end
  end
  local told = {kind, (which + 4) / 6, wait}
  for index = 2, #operation, 6 do
    local of = subject(operation[index])
    if kind == 0 then
      of.mine = of.mine + 1
      if operation[index + 2] >= 0 then
        of.r = math.max(of.r, now) + operation[index + 2]
      end
      if operation[index + 4] >= 0 then
        of.t = math.max(of.t, now) + operation[index + 4]
      end
      of.changed = true
    end
    told[#told + 1] = math.max(of.r - now, 0)
    told[#told + 1] = math.max(of.t - now, 0)
  end
  return told
end

local results = {}
for number, operation in ipairs(operations) do
  local act = operation[1]
  if act == TAKE then
    results[number] = take(operation)
  else
    local of = subject(operation[2])
    if act == GIVE then
      of.mine = of.mine - 1
      if operation[3] > 0 then
        of.t = math.max(of.t, now)
      end
      of.t = of.t + operation[3]
    elseif act == UNDO then
      of.mine = of.mine - 1
      of.r = of.r - operation[3]
      of.t = of.t - operation[4]
    elseif act == ADD then
      of.r = math.max(of.r, math.min(math.max(of.r, now) + operation[3], now + operation[4]))
      of.t = math.max(of.t, math.min(math.max(of.t, now) + operation[5], now + operation[6]))
    end
    of.changed = true
    results[number] = 0
  end
end

for number, of in pairs(subjects) do
  if of.changed or of.mine ~= of.told then
    local key = KEYS[FIRST + number]
    redis.call('HSET', key, 'r', text(of.r), 't', text(of.t), process, of.mine)
    if of.mine <= 0 then
      redis.call('HDEL', key, process)
    end
    local ahead = math.max(of.r, of.t) - now
    redis.call('PEXPIRE', key, math.ceil(math.max(ahead / 1000 + 1000, lease / 1000 * 4)))
  end
end

return cmsgpack.pack({many, word, tonumber(redis.call('GET', KEYS[3]) or 0), results})
