WITH hours AS (
  SELECT UserPrincipalName, time_bucket(INTERVAL 1 HOUR, TimeGenerated) AS hour, list(DISTINCT AppDisplayName) AS apps,
         count(DISTINCT IPAddress) AS addresses, count(DISTINCT Location) AS places,
         count(*) FILTER (ResultType <> '0') AS failures
  FROM SigninLogs GROUP BY ALL)
SELECT count(DISTINCT UserPrincipalName) AS Users, count(*) AS Hours, sum(failures)::BIGINT AS Failures, max(places) AS MostPlaces
FROM hours WHERE len(apps) >= 3 AND places >= 3
