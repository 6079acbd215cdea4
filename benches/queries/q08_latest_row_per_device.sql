WITH latest AS (
  SELECT DeviceId, max(Timestamp) AS Timestamp, arg_max(FileName, Timestamp) AS FileName,
         arg_max(ProcessCommandLine, Timestamp) AS ProcessCommandLine,
         arg_max(AccountName, Timestamp) AS AccountName, arg_max(SHA256, Timestamp) AS SHA256
  FROM DeviceProcessEvents GROUP BY DeviceId)
SELECT count(*) AS Devices, sum(length(ProcessCommandLine))::BIGINT AS Length, count(DISTINCT SHA256) AS Hashes, max(Timestamp) AS Latest
FROM latest
