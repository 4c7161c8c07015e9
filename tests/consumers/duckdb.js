// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// duckdb.js SQL: the last statement's rows, a value a line, or the message of what failed. Takes @duckdb/node-api of npm.
const { DuckDBInstance } = require("@duckdb/node-api");
(async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  try {
    const reader = await connection.runAndReadAll(process.argv[2]);
    for (const row of reader.getRows()) console.log(row.join(" "));
  } catch (error) {
    console.log(String(error.message).split("\n")[0]);
  }
})();
