WITH messages AS (
  SELECT IsOwnedThread, ThreatTypes, unnest(from_json(RecipientDetails, '[{"RecipientSmtpAddress":"VARCHAR"}]')) AS recipient
  FROM MessageEvents WHERE IsExternalThread AND (IsOwnedThread OR ThreatTypes <> '')),
expanded AS (SELECT IsOwnedThread, ThreatTypes, split_part(recipient.RecipientSmtpAddress, '@', 2) AS domain FROM messages),
outbound AS (SELECT domain, count(*) AS n FROM expanded WHERE IsOwnedThread GROUP BY domain)
SELECT o.domain AS SenderFromDomain, max(o.n) AS OutboundTeamsMessages, count(*) AS IncomingTeamsMessagesWithThreats
FROM outbound o JOIN expanded e ON e.domain = o.domain
WHERE NOT e.IsOwnedThread AND e.ThreatTypes <> ''
GROUP BY o.domain ORDER BY OutboundTeamsMessages DESC
