SELECT f.UserPrincipalName, count(*) AS Pairs
FROM (SELECT * FROM SigninLogs WHERE ResultType IN ('50126', '50053') AND RiskLevelAggregated = 'high') f
JOIN (SELECT * FROM SigninLogs WHERE ResultType = '0' AND RiskLevelDuringSignIn = 'high') s USING (UserPrincipalName)
WHERE s.TimeGenerated BETWEEN f.TimeGenerated AND f.TimeGenerated + INTERVAL 1 HOUR
GROUP BY f.UserPrincipalName ORDER BY Pairs DESC, f.UserPrincipalName LIMIT 100
