#!/usr/bin/env python3
"""Times the hunts of benches/queries in kql and in DuckDB, side by side in one run.

Each query runs alternately in both: kql as a whole process, DuckDB (the Python package `duckdb`) from connection to
result in a process of its own. Printed are the medians, their ratio, the peak memory of both, and whether the answers
agree. Tables that are missing are written first by `generate-tables`.

    python3 benches/compare.py --kql target/release/kql --format parquet --rows 10000000
"""

import argparse
import datetime
import json
import math
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = ["EmailEvents", "MessageEvents", "DeviceProcessEvents", "SigninLogs"]
NESTED = {"To", "RecipientDetails", "AdditionalFields", "DeviceDetail", "LocationDetails", "Status", "ConditionalAccessPolicies"}


def view(table, folder, form, columns):
    """The SQL that names a file as a table; NDJSON is given its columns and types beforehand."""
    path = os.path.join(folder, f"{table}.{form}")
    if form == "parquet":
        return f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}')"
    told = ", ".join(f"\"{name}\": '{kind}'" for name, kind in columns[table].items())
    return f"CREATE VIEW {table} AS SELECT * FROM read_json('{path}', format='newline_delimited', columns={{{told}}})"


def columns_of(folder, form):
    """Column names and DuckDB types of each table, from the first line of the NDJSON files."""
    columns = {}
    for table in TABLES if form == "ndjson" else []:
        path = os.path.join(folder, f"{table}.ndjson")
        if not os.path.exists(path):
            continue
        with open(path) as lines:
            row = json.loads(next(lines))
        kinds = {bool: "BOOLEAN", int: "BIGINT", str: "VARCHAR"}
        columns[table] = {
            name: "JSON" if name in NESTED else "TIMESTAMPTZ" if name.startswith("Time") or name.endswith("CreationTime") else kinds[type(value)]
            for name, value in row.items()
        }
    return columns


def duckdb_child(arguments):
    """Runs in a process of its own: one query, its time and its rows."""
    import duckdb

    sql = open(arguments.duckdb_child).read()
    tables = [table for table in TABLES if table in sql]
    columns = columns_of(arguments.data, arguments.format)
    started = time.perf_counter()
    connection = duckdb.connect()
    connection.execute(f"SET threads = {arguments.threads}")
    connection.execute("SET TimeZone = 'UTC'")
    for table in tables:
        connection.execute(view(table, arguments.data, arguments.format, columns))
    result = connection.execute(sql)
    rows = result.fetchall()
    taken = time.perf_counter() - started
    names = [column[0] for column in result.description]
    rows = [{name: plain(cell) for name, cell in zip(names, row)} for row in rows]
    json.dump({"seconds": taken, "rows": rows}, sys.stdout)


def plain(cell):
    """A cell so that both engines' can be compared."""
    if isinstance(cell, datetime.datetime):
        return cell.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
    if isinstance(cell, str):
        text = cell.strip()
        if text[:1] in "[{":
            try:
                return plain(json.loads(text))
            except ValueError:
                return cell
        if len(text) >= 20 and text[4:5] == "-" and text[10:11] == "T" and text.endswith("Z"):
            day, _, fraction = text[:-1].partition(".")
            return f"{day}.{fraction[:6]:0<6}"
        return cell
    if isinstance(cell, float):
        return float(f"{cell:.9g}")
    if isinstance(cell, list):
        return [plain(item) for item in cell]
    if isinstance(cell, dict):
        return {key: plain(cell[key]) for key in sorted(cell)}
    return "" if cell is None else cell


def run(command):
    """Whole-process seconds, peak memory in MB, and the output of a command."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    taken = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(errors.decode()[-2000:])
    return taken, usage.ru_maxrss / 1024, output


def same(ours, theirs):
    """Whether two lists of rows are the same, in any order of rows that a query leaves open.

    Columns go by name where the names are the same, else by place. `T` alone gives all columns of the table's schema in
    kql: only those that the file has are compared.
    """
    names = sorted(theirs[0]) if theirs else []
    by_name = bool(ours) and set(names) <= set(ours[0])

    def line(row):
        cells = [row[name] for name in names] if by_name else list(row.values())
        return json.dumps([plain(cell) for cell in cells], sort_keys=True)

    return sorted(map(line, ours)) == sorted(map(line, theirs))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kql", default="target/release/kql", help="the kql binary")
    parser.add_argument("--generate", default="target/release/generate-tables", help="the generator's binary")
    parser.add_argument("--data", help="the folder of the tables (default: target/benches/FORMAT-ROWS)")
    parser.add_argument("--format", choices=["parquet", "ndjson"], default="parquet")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="only the queries whose name has this text; several with commas")
    parser.add_argument("--no-duckdb", action="store_true", help="time kql alone")
    parser.add_argument("--duckdb-child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.data:
        arguments.data = f"target/benches/{arguments.format}-{arguments.rows}"
    if arguments.duckdb_child:
        return duckdb_child(arguments)
    for table in TABLES:
        if not os.path.exists(os.path.join(arguments.data, f"{table}.{arguments.format}")):
            subprocess.run([arguments.generate, arguments.data, "--rows", str(arguments.rows), "--format", arguments.format, "--table", table], check=True)

    print(f"| query | kql s | DuckDB s | ratio | kql MB | DuckDB MB | answers |\n|---|--:|--:|--:|--:|--:|---|")
    ratios, memories, differ = [], [], False
    queries = os.path.join(HERE, "queries")
    for name in sorted(file[:-4] for file in os.listdir(queries) if file.endswith(".kql")):
        if not any(part in name for part in arguments.only.split(",")):
            continue
        ours = [arguments.kql, "query", "--data", arguments.data, "--threads", str(arguments.threads), "--format", "ndjson", "-f", os.path.join(queries, f"{name}.kql")]
        theirs = [sys.executable, os.path.abspath(__file__), "--data", arguments.data, "--format", arguments.format, "--threads", str(arguments.threads), "--duckdb-child", os.path.join(queries, f"{name}.sql")]
        times, peaks, answers = ([], []), ([], []), [None, None]
        try:
            for _ in range(arguments.runs):
                taken, peak, output = run(ours)
                times[0].append(taken)
                peaks[0].append(peak)
                answers[0] = [json.loads(line) for line in output.splitlines()]
                if not arguments.no_duckdb:
                    _, peak, output = run(theirs)
                    said = json.loads(output)
                    times[1].append(said["seconds"])
                    peaks[1].append(peak)
                    answers[1] = said["rows"]
        except RuntimeError as error:
            print(f"| {name} | failed: {str(error).strip()} |")
            differ = True
            continue
        mine, peak = statistics.median(times[0]), max(peaks[0])
        if arguments.no_duckdb:
            print(f"| {name} | {mine:.2f} | | | {peak:.0f} | | |", flush=True)
            continue
        other, other_peak = statistics.median(times[1]), max(peaks[1])
        equal = same(*answers)
        differ |= not equal
        ratios.append(mine / other)
        memories.append(peak / other_peak)
        print(f"| {name} | {mine:.2f} | {other:.2f} | {mine / other:.2f} | {peak:.0f} | {other_peak:.0f} | {'same' if equal else 'DIFFERENT'} |", flush=True)
    if ratios:
        mean = lambda values: math.exp(sum(map(math.log, values)) / len(values))
        print(f"\ngeometric mean of time {mean(ratios):.2f}, of memory {mean(memories):.2f}; worst {max(ratios):.2f} and {max(memories):.2f}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
