// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// node duckdb.mjs RECORDING.jsonl.zst STORE [TIMES]: the questions of bench/history, asked of DuckDB: over the JSON lines, with
// the columns given, and over a table that it made of them. npm install @duckdb/node-api, in this or an outer folder.
import { DuckDBInstance } from "@duckdb/node-api";
import { execFileSync } from "node:child_process";

const [recording, store, times = "20"] = process.argv.slice(2);
const lines = `read_ndjson('${recording}', compression = 'zstd', columns = {type: 'VARCHAR', time: 'TIMESTAMP',
  id: 'VARCHAR', creator_id: 'VARCHAR', comm: 'VARCHAR', exe: 'VARCHAR', chain: 'VARCHAR'})`;
const database = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect();

const ask = (sql) => execFileSync("sqlite3", ["-readonly", store, sql]).toString().trim().split("\n");
const ids = ask("SELECT l.id FROM life l WHERE l.process IN (SELECT id FROM process ORDER BY random() LIMIT 200)");
const builds = ask("SELECT DISTINCT l.id FROM image i JOIN program_text g ON g.program = i.program JOIN life l ON " +
                   "l.process = i.process WHERE g.comm = 'ninja'");
const any = (list) => list[Math.floor(Math.random() * list.length)];
const questions = {
  chain: (from) => `SELECT chain FROM ${from} WHERE type = 'exec' AND id = '${any(ids)}'`,
  tree: (from) => `WITH RECURSIVE born AS MATERIALIZED (SELECT id, creator_id FROM ${from} WHERE type = 'fork'),
    below(id) AS (SELECT '${any(builds)}' UNION SELECT born.id FROM below JOIN born ON born.creator_id = below.id)
    SELECT count(*) FROM below`,
  find: (from) => `SELECT id FROM ${from} WHERE type = 'exec' AND exe GLOB '*/job-${Math.floor(Math.random() * 30)}'`,
};

async function measure(what, from, count) {
  for (const [name, sql] of Object.entries(questions)) {
    const took = [];
    for (let i = 0; i < count; ++i) {
      const began = performance.now();
      await (await database.run(sql(from))).getRows();
      took.push(performance.now() - began);
    }
    took.sort((a, b) => a - b);
    console.log(`| DuckDB over ${what}: ${name} | median ${took[took.length >> 1].toFixed(1)} ms |`);
  }
}

await measure("the lines", lines, 3);
const began = performance.now();
await database.run(`CREATE TABLE line AS SELECT * FROM ${lines}`);
console.log(`| DuckDB: making a table of them | ${((performance.now() - began) / 1000).toFixed(1)} s |`);
await measure("its table", "line", Number(times));
