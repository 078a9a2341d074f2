"""Load by wrk, the standard HTTP load generator (Debian: apt install wrk), a random person for every request."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PEOPLE = 500  # user agents: with a thousand links, repeats stay rare
MICROSECONDS = {"us": 1, "ms": 1000, "s": 1_000_000}

SCRIPT = """
local tokens = {}
for line in io.lines("%(tokens)s") do tokens[#tokens + 1] = line end
local turn = 0
math.randomseed(os.time() * 1000 + %(seed)d)
request = function()
  turn = turn + 1
  local person = math.random(0, %(people)d - 1)
  local agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/" .. (100 + person %% 50)
    .. ".0." .. math.floor(person / 50) .. ".0 Safari/537.36"
  if %(storm)d > 0 and turn %% 10 < %(storm)d then agent = "WhatsApp/2.24." .. (turn %% 100) .. " A" end
  local token = tokens[math.random(#tokens)]
  return wrk.format("GET", "/r/episode-" .. (1 + turn %% 10) .. "/wa/" .. token, {["User-Agent"] = agent})
end
done = function(summary, latency, requests)
  io.stderr:write(string.format('{"requests": %%d, "micros": %%d, "p50": %%d, "p99": %%d, "errors": %%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
    + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Measured:
    """One run: requests a second, latencies in milliseconds."""

    requests: int
    rate: float
    p50: float
    p99: float
    errors: int


def check_wrk() -> None:
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing. On Debian: apt install wrk")


def write_script(folder: Path, tokens: list[str], storm: int = 0) -> Path:
    """wrk's script; `storm` of ten requests are crawlers'."""
    (folder / "tokens").write_text("\n".join(tokens), encoding="ascii")
    script = folder / f"load-{storm}.lua"
    script.write_text(
        SCRIPT % {"tokens": folder / "tokens", "storm": storm, "people": PEOPLE, "seed": len(tokens)}, encoding="ascii"
    )
    return script


BEACONS = """
local tokens = {}
for line in io.lines("%(tokens)s") do tokens[#tokens + 1] = line end
math.randomseed(os.time() * 1000 + %(seed)d)
local turn = math.random(#tokens)
request = function()
  turn = turn + 1
  local person = math.floor(turn / 3)
  local agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"
    .. (100 + person %% 50) .. ".0." .. math.floor(person / 50) %% 10 .. ".0 Safari/537.36"
  local headers = {["User-Agent"] = agent, ["Content-Type"] = "application/json"}
  local token, episode = tokens[1 + person %% #tokens], "episode-" .. math.random(10)
  if turn %% 3 == 0 then
    return wrk.format("POST", "/t/visits", headers, '{"episode": "' .. episode .. '"}')
  elseif turn %% 3 == 1 then
    return wrk.format("POST", "/t/seen", headers, '{"visit": "' .. token .. '"}')
  end
  return wrk.format("POST", "/t/shares", headers,
    '{"visit": "' .. token .. '", "episode": "' .. episode .. '", "placement": "wa' .. math.random(1, 9) .. '"}')
end
"""


def write_beacons(folder: Path, tokens: list[str]) -> Path:
    """wrk's script for what pages tell: somebody comes, somebody's page is seen for the first time, then they share."""
    (folder / "visits").write_text("\n".join(tokens), encoding="ascii")
    script = folder / "beacons.lua"
    done = SCRIPT[SCRIPT.index("done = ") :]
    script.write_text((BEACONS + done) % {"tokens": folder / "visits", "seed": len(tokens)}, encoding="ascii")
    return script


def run_wrk(port: int, script: Path, seconds: float, connections: int = 32) -> Measured:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(script), f"http://127.0.0.1:{port}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30)
    found = re.search(r"^\{.*\}$", told.stderr, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"wrk said: {told.stdout}{told.stderr}")
    figures = json.loads(found[0])
    return Measured(
        requests=figures["requests"],
        rate=figures["requests"] / (figures["micros"] / 1e6),
        p50=figures["p50"] / 1000,
        p99=figures["p99"] / 1000,
        errors=figures["errors"],
    )
