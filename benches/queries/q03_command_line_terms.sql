SELECT FileName, ProcessIntegrityLevel, count(*) AS Starts, count(DISTINCT FileName) AS Devices
FROM DeviceProcessEvents
WHERE regexp_matches(ProcessCommandLine, '(?i)(^|[^a-z0-9])(encodedcommand|urlcache|whoami|mimikatz|vssadmin|bitsadmin)($|[^a-z0-9])')
   OR contains(lower(InitiatingProcessCommandLine), 'domain admins')
GROUP BY FileName, ProcessIntegrityLevel ORDER BY Starts DESC, FileName
