SELECT json_extract_string(DeviceDetail, '$.operatingSystem') AS System, json_extract_string(LocationDetails, '$.city') AS City,
       count(*) AS SignIns, count(*) FILTER (CAST(json_extract_string(Status, '$.errorCode') AS INTEGER) <> 0) AS Failed
FROM SigninLogs
WHERE json_extract_string(DeviceDetail, '$.isCompliant') = 'false'
  AND json_extract_string(LocationDetails, '$.countryOrRegion') <> 'SE'
GROUP BY ALL ORDER BY SignIns DESC, System, City
