-- What processes share of rates and places: one run for each batch of requests that a process has at one moment.
--
-- KEYS[1]  the processes that live: a sorted set, each until its lease ends
-- KEYS[2]  a word that is another one when this server has lost its memory
-- KEYS[3]  counts the changes of keys: whoever sees another number than before reads its keys anew
-- KEYS[4…] a hash for each tenant or key. `w` and `v`: requests and tokens of the last minute, {bucket, amount, …} in msgpack, a bucket
--          being a hundredth of a minute, the oldest first. `r` and `t`: when its next request and token would come if all came evenly
--          (GCRA's theoretical arrival times). `a` and `b`: how many requests and tokens were restored after a loss of memory. `n`: when
--          all that was written. And for each process, `p:` and its name, the places that it holds.
--
-- ARGV[1]  msgpack: {process, lease, a word for a server without one, the word that is known, {places of this process in KEYS[4…] before this batch}, {operations}}. An operation is
--          {TAKE, key, places, rate, time of a request, burst, token rate, tokens, their time, burst, ahead, key, …}
--                                 one request, its tokens, and so many requests ahead where less than half of the rate is taken
--          {SETTLE, key, tokens, their time, bucket}           more than were counted in this bucket, or fewer
--          {UNDO, key, requests, their time, tokens, their time, bucket}
--          {ADD, key, {age, amount, …}, {age, amount, …}, time of the requests, of the tokens}   taken where nobody could be asked
--          {RESTORE, the same}                                 what is known of the last minute: for a server that has lost its memory
--          {TELL, key}                                         nothing but the places that are held, and how all stands
--          Keys count from 1 for KEYS[4]; what is not bounded is -1.
--
-- All times are microseconds of this server's clock, so that no process's clock matters. Where that is set back (or another server with
-- another clock takes over), what was written later than now was written just now: else nobody would be let in until then.
-- A process's own places are told by itself with each batch: an answer that got lost is mended by the next one. Places of processes whose
-- lease has ended count no more.

local TAKE, SETTLE, UNDO, ADD, RESTORE, TELL = 1, 2, 3, 4, 5, 6
local CONCURRENCY, RATE, TOKEN_RATE = 1, 2, 3
local FIRST = 3
local PLACE_RETRY = 1000000
local BUCKET, LIVES, AHEAD = 600000, 101, 5000000
local WIDTH = 10

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local at = math.floor(now / BUCKET)
local process, lease, word, known, mine, operations = unpack(cmsgpack.unpack(ARGV[1]))

local place = 'p:' .. process

local function text(number)
  return string.format('%.3f', number)
end

redis.call('ZADD', KEYS[1], text(now + lease), process)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(lease / 1000) * 4)
local lives, many = {}, 0
local listed = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for index = 1, #listed, 2 do
  lives['p:' .. listed[index]] = true
  many = many + 1
  if tonumber(listed[index + 1]) > now + 2 * lease and lease > 0 then
    redis.call('ZADD', KEYS[1], text(now + lease), listed[index])
  end
end
if redis.call('SETNX', KEYS[2], word) == 0 then
  word = redis.call('GET', KEYS[2])
end
local forgot = known ~= '' and known ~= word  -- nobody is let in then, until this process has said what it knows

-- A window: its buckets, and the sum of what is in them.

local function opened(packed, later)
  local list = cmsgpack.unpack(packed)
  local kept, total = {}, 0
  for index = 1, #list, 2 do
    local bucket = list[index] - later
    if bucket > at - LIVES and list[index + 1] > 0 then
      kept[#kept + 1] = bucket
      kept[#kept + 1] = list[index + 1]
      total = total + list[index + 1]
    end
  end
  return {list = kept, total = total}
end

local function count(window, bucket, amount)
  local list, place = window.list, #window.list - 1
  while place > 0 and list[place] > bucket do
    place = place - 2
  end
  if place > 0 and list[place] == bucket then
    list[place + 1] = list[place + 1] + amount
  else
    table.insert(list, place + 2, bucket)
    table.insert(list, place + 3, amount)
  end
  window.total = window.total + amount
end

local function take_back(window, bucket, amount)
  local list = window.list
  for place = #list - 1, 1, -2 do
    if list[place] == bucket then
      local less = math.min(amount, list[place + 1])
      list[place + 1] = list[place + 1] - less
      window.total = window.total - less
      return
    end
  end
end

local function free_in(window, amount)
  local list = window.list
  for place = 1, #list, 2 do
    amount = amount - list[place + 1]
    if amount <= 0 then
      return (list[place] + LIVES) * BUCKET - now
    end
  end
  return LIVES * BUCKET
end

local subjects = {}

local function subject(number)
  local found = subjects[number]
  if found then
    return found
  end
  found = {w = {list = {}, total = 0}, v = {list = {}, total = 0}, r = 0, t = 0, a = 0, b = 0, others = 0, mine = mine[number], told = 0}
  local key = KEYS[FIRST + number]
  local fields = redis.call('HGETALL', key)
  local set_back = math.max(tonumber(redis.call('HGET', key, 'n') or 0) - now, 0)
  for index = 1, #fields, 2 do
    local name, value = fields[index], fields[index + 1]
    if name == 'w' or name == 'v' then
      found[name] = opened(value, math.floor(set_back / BUCKET))
    elseif name == 'r' or name == 't' then
      found[name] = tonumber(value) - set_back
    elseif name == 'a' or name == 'b' then
      found[name] = tonumber(value)
    elseif name == place then
      found.told = tonumber(value)
    elseif lives[name] then
      found.others = found.others + tonumber(value)
    elseif name ~= 'n' then
      redis.call('HDEL', key, name)
    end
  end
  subjects[number] = found
  return found
end

local function late(of, places, rate, request, burst)
  local wait, kind = 0, 0
  if places >= 0 and of.others + of.mine >= places then
    wait, kind = PLACE_RETRY, CONCURRENCY
  end
  if rate >= 0 then
    local over, long = of.w.total + 1 - rate, 0
    if over > 0 then
      long = free_in(of.w, over)
    end
    if burst >= 0 then
      long = math.max(long, math.max(of.r, now) + request - burst - now)
    end
    if long > 0.5 and long > wait then
      wait, kind = long, RATE
    end
  end
  return wait, kind
end

local function late_tokens(of, rate, tokens, tokens_time, burst)
  local over, long = of.v.total + tokens - rate, 0
  if over > 0 then
    long = free_in(of.v, over)
  end
  return math.max(long, math.max(of.t, now) + tokens_time - burst - now)
end

-- Ahead of need, requests are counted in the bucket in which the process may use them last. They are no flood that is to come evenly.
local function count_ahead(of, rate, ahead)
  local given = math.min(ahead, math.floor((rate / 2 - of.w.total) / many))
  if given <= 0 then
    return 0
  end
  count(of.w, math.floor((now + AHEAD) / BUCKET), given)
  return given
end

local function take_of(of, rate, request, token_rate, tokens, tokens_time, ahead)
  of.mine = of.mine + 1
  of.changed = true
  if token_rate >= 0 then
    count(of.v, at, tokens)
    of.t = math.max(of.t, now) + tokens_time
  end
  if rate < 0 then
    return 0
  end
  count(of.w, at, 1)
  of.r = math.max(of.r, now) + request
  return ahead > 0 and count_ahead(of, rate, ahead) or 0
end

local function stands(of, told, given)
  told[#told + 1] = of.w.total
  told[#told + 1] = of.v.total
  told[#told + 1] = math.max(of.r - now, 0)
  told[#told + 1] = math.max(of.t - now, 0)
  told[#told + 1] = of.others + of.mine
  told[#told + 1] = given
end

local function take(operation)
  local wait, kind, which = 0, 0, 0
  if forgot then
    return {0, 0, 0}
  end
  for index = 2, #operation, WIDTH do
    local key, places, rate, request, burst, token_rate, tokens, tokens_time, tokens_burst = unpack(operation, index, index + 8)
    local of = subject(key)
    local long, short = late(of, places, rate, request, burst)
    if long > wait then
      wait, kind, which = long, short, (index + WIDTH - 2) / WIDTH
    end
    if token_rate >= 0 then
      long = late_tokens(of, token_rate, tokens, tokens_time, tokens_burst)
      if long > 0.5 and long > wait then
        wait, kind, which = long, TOKEN_RATE, (index + WIDTH - 2) / WIDTH
      end
    end
  end
  local told = {kind, which, wait}
  for index = 2, #operation, WIDTH do
    local key, _, rate, request, _, token_rate, tokens, tokens_time, _, ahead = unpack(operation, index, index + 9)
    local of, given = subject(key), 0
    if kind == 0 then
      given = take_of(of, rate, request, token_rate, tokens, tokens_time, ahead)
    end
    stands(of, told, given)
  end
  return told
end

local function settle(of, tokens, tokens_time, bucket)
  if tokens > 0 then
    of.t = math.max(of.t, now)
    count(of.v, at, tokens)
  else
    take_back(of.v, bucket, -tokens)
  end
  of.t = of.t + tokens_time
end

local function undo(of, requests, requests_time, tokens, tokens_time, bucket)
  take_back(of.w, bucket, requests)
  take_back(of.v, bucket, tokens)
  of.r = of.r - requests_time
  of.t = of.t - tokens_time
end

local function add(of, requests, tokens, requests_time, tokens_time)
  for window, list in pairs({w = requests, v = tokens}) do
    for index = 1, #list, 2 do
      count(of[window], at - list[index], list[index + 1])
    end
  end
  of.r = math.max(of.r, now) + requests_time
  of.t = math.max(of.t, now) + tokens_time
end

-- Every process tells all that it knows of: of several, whoever knows most is believed, and nothing counts twice.
local function restore(of, requests, tokens, requests_ahead, tokens_ahead)
  for window, told in pairs({w = {requests, 'a'}, v = {tokens, 'b'}}) do
    local list, restored = told[1], told[2]
    local total = 0
    for index = #list - 1, 1, -2 do
      local more = math.min(list[index + 1], total + list[index + 1] - of[restored])
      total = total + list[index + 1]
      if more > 0 then
        count(of[window], at - list[index], more)
      end
    end
    of[restored] = math.max(of[restored], total)
  end
  of.r = math.max(of.r, now + requests_ahead)
  of.t = math.max(of.t, now + tokens_ahead)
end

local results = {}
for number, operation in ipairs(operations) do
  local act = operation[1]
  if act == TAKE then
    results[number] = take(operation)
  else
    local of = subject(operation[2])
    if act == SETTLE then
      settle(of, unpack(operation, 3))
    elseif act == UNDO then
      undo(of, unpack(operation, 3))
    elseif act == ADD then
      add(of, unpack(operation, 3))
    elseif act == RESTORE then
      restore(of, unpack(operation, 3))
    end
    of.changed = of.changed or act ~= TELL
    local told = {0, 0, 0}
    stands(of, told, 0)
    results[number] = told
  end
end

for number, of in pairs(subjects) do
  if of.changed or of.mine ~= of.told then
    local key = KEYS[FIRST + number]
    redis.call(
      'HSET', key, 'w', cmsgpack.pack(of.w.list), 'v', cmsgpack.pack(of.v.list),
      'r', text(of.r), 't', text(of.t), 'a', of.a, 'b', of.b, 'n', text(now), place, of.mine
    )
    if of.mine <= 0 then
      redis.call('HDEL', key, place)
    end
    local ahead = math.max(of.r - now, of.t - now, (LIVES + 1) * BUCKET + AHEAD)
    redis.call('PEXPIRE', key, math.ceil(math.max(ahead / 1000, lease / 1000 * 4)))
  end
end

return cmsgpack.pack({many, word, tonumber(redis.call('GET', KEYS[3]) or 0), now, results})
