import { readFileSync, writeFileSync } from "node:fs"

/* Writes the tables of docs/speed.md from bench/results.json, each between its two comments. What was not measured stays. */

const { figures, machine, versions } = JSON.parse(readFileSync("bench/results.json", "utf8"))

const shown = {
  "one claim, FULL": "one claim, durable",
  "one claim, NORMAL": "one claim, `HQ_SYNCHRONOUS=NORMAL`",
  "one durable claim over stdio": "one claim over MCP stdio, durable",
  "1,000 claims at once, average latency, FULL": "1,000 claims at the same instant: average wait",
  "claim by one of 48 processes, p99": "48 processes on one file: slowest 1 % of claims",
  "claim + complete, 1,000 agents without think time, FULL": "claim + start + complete, 1,000 agents in one process",
  "claim, half blocked": "one claim at 1,000,000 steps, half of them blocked",
  "empty claim, all blocked": "asking for work when 1,000,000 steps are blocked",
  "start to the answer to initialize": "from start to the first answer",
  "memory after 100 calls (hq: claims)": "memory after 100 calls",
  "4 agents, plans with room: makespan / lower bound":
    "4 agents, plans that leave room for an order: simulated time, 1 being the least possible",
  "64 agents, plans with room: makespan / lower bound": "64 agents, the same",
  "4 agents, plans with room, half of the steps estimated: makespan / lower bound":
    "4 agents, the same plans with rough estimates for half of the steps",
  "64 agents, plans with room, half of the steps estimated: makespan / lower bound": "64 agents, the same"
}

const against = {
  floor: "the same SQL on the raw driver",
  "bare SDK": "a bare SDK server",
  "empty tool": "an empty tool on the bare SDK",
  "step_num order": "in order of step numbers"
}

const number = (value, unit) => {
  if (unit === "") return value.toFixed(2)
  if (unit === "%") return `${value.toFixed(1)} %`
  if (unit === "µs") return value >= 10_000 ? `${Math.round(value / 1000)} ms` : `${(value / 1000).toFixed(2)} ms`
  return `${value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(0)} ${unit}`.replace(" /s", "/s")
}

const measured = `Measured on ${machine.cores} cores (${machine.cpu}), ${machine.filesystem}, Node ${machine.node}, SQLite ${machine.sqlite}, hq ${versions.hq}.`

const compared = () => {
  const rows = Object.entries(shown).map(([what, title]) => {
    const { against: other, hq, unit } = figures.find((figure) => figure.what === what)
    const [name, value] = other
    return `| ${title} | ${number(hq, unit)} | ${number(value, unit)}: ${against[name] ?? name} | ${(hq / value).toFixed(2)} |`
  })
  return ["| what | hq | beside it | ratio |", "|---|---|---|---|", ...rows]
}

const commands = () => {
  const rows = figures
    .filter(({ section }) => section === "cli")
    .map(({ against: other, details, hq, target, unit, what }) => {
      const p95 = details?.p95 === undefined ? "" : number(details.p95, unit)
      const most = target === undefined ? "" : other === undefined ? number(target.atMost, unit) : `${target.atMost} x`
      const beside = other === undefined ? "" : ` (${number(other[1], unit)}: ${other[0]})`
      return `| ${what} | ${number(hq, unit)}${beside} | ${p95} | ${most} |`
    })
  return ["| what | median | slowest 5 % | at most |", "|---|---|---|---|", ...rows]
}

const write = (name, table) => {
  const page = readFileSync("docs/speed.md", "utf8")
  const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`]
  const [from, to] = [page.indexOf(begin) + begin.length, page.indexOf(end)]
  writeFileSync("docs/speed.md", `${page.slice(0, from)}${[...table(), "", measured].join("\n")}${page.slice(to)}`)
}

const has = (section) => figures.some((figure) => figure.section === section)
if (has("makespan")) write("bench", compared)
if (has("cli")) write("bench-cli", commands)
