SELECT lower(split_part(SenderFromAddress, '@', 2)) AS Domain, json_extract_string(AuthenticationDetails, '$.DMARC') AS Dmarc,
       split_part(SenderFromDomain, '.', -1) AS Suffix, count(*) AS Mails, sum(EmailSize)::BIGINT AS Bytes
FROM EmailEvents GROUP BY ALL ORDER BY Mails DESC, Domain, Suffix LIMIT 100
