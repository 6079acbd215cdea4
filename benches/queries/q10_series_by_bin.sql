SELECT time_bucket(INTERVAL 15 MINUTE, TimeGenerated) AS TimeGenerated, Location, count(*) AS SignIns,
       count(*) FILTER (ResultType <> '0') AS Failures, max(DurationMs) AS Slowest
FROM SigninLogs
WHERE TimeGenerated BETWEEN TIMESTAMPTZ '2026-11-02 00:00:00Z' AND TIMESTAMPTZ '2026-11-06 00:00:00Z'
GROUP BY ALL ORDER BY 1, 2
