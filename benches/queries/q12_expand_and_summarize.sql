SELECT json_extract_string(policy, '$.displayName') AS Name, json_extract_string(policy, '$.result') AS Result, count(*) AS SignIns
FROM SigninLogs, UNNEST(CAST(json_extract(ConditionalAccessPolicies, '$[*]') AS JSON[])) AS t(policy)
GROUP BY ALL ORDER BY SignIns DESC, Name, Result
