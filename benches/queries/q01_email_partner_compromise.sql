WITH outbound AS (
  SELECT split_part(RecipientEmailAddress, '@', 2) AS domain, count(*) AS n
  FROM EmailEvents WHERE EmailDirection = 'Outbound' GROUP BY domain)
SELECT SenderFromDomain, max(n) AS OutboundEmails, count(*) AS IncomingEmailsWithThreats
FROM outbound JOIN EmailEvents e ON e.SenderFromDomain = outbound.domain
WHERE e.EmailDirection = 'Inbound' AND e.ThreatTypes <> ''
GROUP BY SenderFromDomain ORDER BY OutboundEmails DESC
