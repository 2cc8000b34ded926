/** Of processes and mounts only those that a migration or the lab makes: other work of the machine comes and goes. */
const OURS =
  /fleetlift|fl-|\blab\d|qemu|nspawn|temporal|rsync|postgres|sshd|supervise|kill-child|sleep infinity|loop\d|198\.18\./;

/** A Temporal without a database file: one of the workflow tests, which may run beside; fleetlift's has one. */
const OF_WORKFLOW_TESTS = /temporal server start-dev (?!.*--db-filename )/;

/**
 * Whether a line of a difference between two snapshots can be of fleetlift's or the lab's making. A process that was
 * there before and has ended is nothing that was left behind.
 */
export const isOurs = (line: string): boolean =>
  !/^(processes|mounts): /.test(line) ||
  (OURS.test(line) && !OF_WORKFLOW_TESTS.test(line) && !line.startsWith('processes: - '));
