import type { Check, Found } from './types.js';

/** Databases and container services: what they write during a sync may arrive half-written. SMC and Tencent stop them. */
const DATABASES: readonly { name: string; unit: RegExp; data: string }[] = [
  { name: 'PostgreSQL', unit: /^postgresql(@.+|-\d+)?\.service$/, data: '/var/lib/postgresql/' },
  { name: 'MySQL or MariaDB', unit: /^(mysqld?|mariadb)(@.+)?\.service$/, data: '/var/lib/mysql/' },
  { name: 'Oracle', unit: /^(oracle|dbora).*\.service$/, data: 'its data files' },
  { name: 'Microsoft SQL Server', unit: /^mssql-server\.service$/, data: '/var/opt/mssql/' },
  { name: 'MongoDB', unit: /^mongodb?\.service$|^mongod\.service$/, data: '/var/lib/mongodb/' },
  { name: 'Docker', unit: /^docker\.service$/, data: '/var/lib/docker/' },
  { name: 'containerd', unit: /^containerd\.service$/, data: '/var/lib/containerd/' },
];
const PLATFORM_AGENTS =
  /^(open-vm-tools|vmtoolsd|walinuxagent|waagent|google-guest-agent|amazon-ssm-agent|aliyun|cloudmonitor|tat_agent|qemu-guest-agent|xe-daemon|vboxadd).*\.service$/;

/** What runs on the server, and who configures it. */
export const SERVICE_CHECKS: readonly Check[] = [
  {
    id: 'databases',
    what: 'database and container services',
    run: ({ services }) =>
      DATABASES.filter(({ unit }) => services.active.some((name) => unit.test(name))).map(
        ({ name, data }): Found => ({
          code: 'W-DB-RUNNING',
          message: `${name} runs: what it writes during the sync may arrive half-written`,
          remedy: `stop it during the migration, or exclude ${data}`,
        }),
      ),
  },
  {
    id: 'platform-agents',
    what: 'agents of the old platform',
    run: ({ services }) => {
      const agents = services.active.filter((unit) => PLATFORM_AGENTS.test(unit));
      return agents.length === 0
        ? null
        : { code: 'W-PLATFORM-AGENT', message: `these run: ${agents.join(', ')}` };
    },
  },
  {
    id: 'cloud-init',
    what: 'cloud-init',
    run: ({ cloudInit }) =>
      cloudInit
        ? null
        : { code: 'I-CLOUD-INIT', message: 'cloud-init is not installed: the host name stays as it is' },
  },
];
