WITH expanded AS (
  SELECT IsExternalThread, IsOwnedThread, ThreatTypes,
         split_part(json_extract_string(recipient, '$.RecipientSmtpAddress'), '@', 2) AS domain
  FROM MessageEvents, UNNEST(CAST(json_extract(RecipientDetails, '$[*]') AS JSON[])) AS t(recipient)),
outbound AS (SELECT domain, count(*) AS n FROM expanded WHERE IsExternalThread AND IsOwnedThread GROUP BY domain)
SELECT o.domain AS SenderFromDomain, max(o.n) AS OutboundTeamsMessages, count(*) AS IncomingTeamsMessagesWithThreats
FROM outbound o JOIN expanded e ON e.domain = o.domain
WHERE e.IsExternalThread AND NOT e.IsOwnedThread AND e.ThreatTypes <> ''
GROUP BY o.domain ORDER BY OutboundTeamsMessages DESC
