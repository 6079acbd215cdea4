SELECT regexp_extract(ProcessCommandLine, 'https?://([^/\s]+)/', 1) AS Host, count(*) AS Downloads,
       min(Timestamp) AS First, max(Timestamp) AS Last
FROM DeviceProcessEvents WHERE regexp_matches(ProcessCommandLine, '-f\s+https?://')
GROUP BY Host ORDER BY Downloads DESC, Host LIMIT 50
