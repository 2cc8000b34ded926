import type { OsFacts } from '../model/facts.js';

/** Names of a package with each family of distributions. */
export interface PackageNames {
  readonly debian: string;
  readonly rhel: string;
  readonly suse: string;
}

/** The command that installs a package on that distribution; all three where it is not known. */
export function installCommand(os: OsFacts, names: PackageNames): string {
  const commands = {
    debian: `apt-get -y install ${names.debian}`,
    rhel: `yum -y install ${names.rhel}`,
    suse: `zypper --non-interactive install ${names.suse}`,
  };
  const family = familyOf(os);
  return family === null ? Object.values(commands).join('; or ') : commands[family];
}

function familyOf({ id, idLike }: OsFacts): keyof PackageNames | null {
  const names = [id, ...idLike];
  if (names.some((name) => name === 'debian' || name === 'ubuntu')) return 'debian';
  if (names.some((name) => ['rhel', 'centos', 'fedora', 'rocky', 'almalinux', 'ol', 'amzn'].includes(name)))
    return 'rhel';
  if (names.some((name) => name === 'suse' || name === 'sles' || name.startsWith('opensuse'))) return 'suse';
  return null;
}
