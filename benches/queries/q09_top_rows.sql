SELECT * FROM DeviceProcessEvents ORDER BY Timestamp DESC LIMIT 100
