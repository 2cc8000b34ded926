import type { Server } from '../model/fleet.js';
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
  /^(open-vm-tools|vmtoolsd|hv-(kvp|vss|fcopy)-daemon|hypervkvpd|walinuxagent|waagent|google-(guest|osconfig)-agent|(snap\.)?amazon-(ssm|cloudwatch)-agent|oracle-cloud-agent|aliyun|aegis|cloudmonitor|tat_agent|YDService|qemu-guest-agent|xe-daemon|vboxadd).*\.service$/;
/** As administrators and installers name bonds, bridges and VLANs; those of containers and virtual machines have other names. */
const MADE_OF_CARDS = /^(bond|team|br|vlan)\d+(\.\d{1,4})?$|^(e|p\d)[a-z0-9]*\.\d{1,4}$/;

/** Names that a message lists before it only counts. */
const LISTED = 5;

function listed(names: readonly string[]): string {
  const more = names.length - LISTED;
  return names.slice(0, LISTED).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}

/** `cron` is `cron.service`, as systemctl takes it. */
function unitOf(name: string): string {
  return name.includes('.') ? name : `${name}.service`;
}

function stopsForCutover({ sync }: Server, unit: string): boolean {
  return sync.mode === 'incremental' && sync.quiesce.some((name) => unitOf(name) === unit);
}

/** What runs on the server, and who configures it. */
export const SERVICE_CHECKS: readonly Check[] = [
  {
    id: 'static-addresses',
    what: 'static addresses',
    run: ({ network }) => {
      const found = network.staticAddresses ?? [];
      if (found.length === 0) return null;
      const names = found.map(({ file, address }) => `${address} (${file})`);
      return {
        code: 'W-STATIC-ADDRESS',
        message: `configured here, while the image asks by DHCP: ${listed(names)}`,
      };
    },
  },
  {
    id: 'old-place',
    what: 'package mirrors, time servers and name servers that may answer here alone',
    run: ({ network }) => {
      const found = network.oldPlace ?? [];
      if (found.length === 0) return null;
      const names = found.map(({ file, host }) => `${host} (${file})`);
      return {
        code: 'W-OLD-PLACE',
        message: `named in its settings, and perhaps reachable only where it is now: ${listed(names)}`,
      };
    },
  },
  {
    id: 'made-interfaces',
    what: 'bonds, bridges and VLANs',
    run: ({ network }) => {
      const names = network.interfaces.map(({ name }) => name).filter((name) => MADE_OF_CARDS.test(name));
      return names.length === 0
        ? null
        : {
            code: 'W-BOND-VLAN',
            message: `set up here, while the image asks by DHCP on its Ethernet cards: ${listed(names)}`,
          };
    },
  },
  {
    id: 'immutable',
    what: 'files with chattr +i or +a',
    run: ({ immutable = [] }) =>
      immutable.length === 0
        ? null
        : {
            code: 'W-IMMUTABLE',
            message: `${listed(immutable)}: chattr +i or +a is not carried over`,
            remedy: `note them, and set them again in the image: chattr +i ${immutable[0] ?? ''}`,
          },
  },
  {
    id: 'databases',
    what: 'database and container services',
    run: ({ services }, { server }) =>
      DATABASES.filter(({ unit }) => {
        const units = services.active.filter((name) => unit.test(name));
        return units.length > 0 && !units.some((name) => stopsForCutover(server, name));
      }).map(({ name, data }): Found => ({
        code: 'W-DB-RUNNING',
        message: `${name} runs: what it writes during the sync may arrive half-written`,
        remedy: `list it under sync.quiesce with sync.mode incremental, stop it during the migration, or exclude ${data}`,
      })),
  },
  {
    id: 'quiesce',
    what: 'services of sync.quiesce',
    run: ({ services }, { server }) => {
      const { mode, quiesce } = server.sync;
      if (mode === 'once' || quiesce.length === 0) return null;
      if (services.systemState === null) {
        return {
          code: 'E-QUIESCE',
          message: 'services are stopped for the cutover through systemd, which does not run here',
          remedy: 'leave sync.quiesce empty and stop them yourself before fleetlift cutover',
        };
      }
      const idle = quiesce.filter((name) => !services.active.includes(unitOf(name)));
      return idle.length === 0
        ? null
        : { code: 'W-QUIESCE', message: `not running, so there is nothing to stop: ${listed(idle)}` };
    },
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
