SELECT FileName, AccountDomain, InitiatingProcessFileName, count(*) AS count_
FROM DeviceProcessEvents
WHERE lower(FileName) IN ('powershell.exe', 'cmd.exe', 'certutil.exe', 'rundll32.exe', 'reg.exe')
  AND (lower(InitiatingProcessFileName) = 'teams.exe' OR lower(ProcessIntegrityLevel) = 'system')
GROUP BY ALL
