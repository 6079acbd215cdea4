SELECT policy.displayName AS Name, policy.result AS Result, count(*) AS SignIns
FROM (SELECT unnest(from_json(ConditionalAccessPolicies, '[{"displayName":"VARCHAR","result":"VARCHAR"}]')) AS policy FROM SigninLogs)
GROUP BY ALL ORDER BY SignIns DESC, Name, Result
