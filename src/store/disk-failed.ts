/**
 * How a process ends whose log could not be synced (EX_IOERR of sysexits.h): whoever shares that log with it must end
 * too, since the kernel tells the failure once and may have dropped what all of them wrote.
 */
export const DISK_FAILED = 74
