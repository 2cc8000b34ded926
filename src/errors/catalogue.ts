/**
 * The catalogue of errors and warnings: the one source of codes for the product and of docs/errors.md.
 *
 * `retryable`: trying again without the operator may help (link, load, timing). What needs the operator's hand
 * first is not retryable: the job waits in error until `fleetlift retry`.
 * Meanings and remedies follow the public FAQs of Alibaba SMC and Tencent's migration service where those have one.
 */
export interface CatalogueEntry {
  readonly meaning: string;
  readonly remedy: string;
  readonly retryable: boolean;
}

const entry = (meaning: string, remedy: string, retryable = false): CatalogueEntry => ({
  meaning,
  remedy,
  retryable,
});
const transient = (meaning: string, remedy: string): CatalogueEntry => entry(meaning, remedy, true);

export const CATALOGUE = {
  // Connection
  'E-SSH-CONNECT': transient(
    'the server does not answer on its SSH port',
    'check that it is on and that host and port are right, then: fleetlift retry SERVER',
  ),
  'E-SSH-HOSTKEY-UNKNOWN': entry(
    'the server’s SSH host key is not in known_hosts',
    'compare the fingerprint with the server’s console, then accept it with the printed command',
  ),
  'E-SSH-HOSTKEY-CHANGED': entry(
    'the server shows another SSH host key than known_hosts has',
    'find out why before anything else; if it was reinstalled, accept the new key with the printed command',
  ),
  'E-SSH-HOSTKEY-REVOKED': entry(
    'the server shows an SSH host key that known_hosts marks as revoked',
    'give the server new host keys, or remove the @revoked line if it is wrong',
  ),
  'E-SSH-CONFIG': entry(
    '~/.ssh/config cannot be read, or asks for what fleetlift does not do',
    'give the values in the inventory (ssh.user, port, identityFile, knownHosts, jump)',
  ),
  'E-SSH-AUTH': entry(
    'the server refused every key and password offered',
    'check ssh.user and ssh.identityFile, and that the public key is in authorized_keys',
  ),
  'E-SSH-KEY-UNREADABLE': entry(
    'the private key cannot be read or is locked by a passphrase',
    'check ssh.identityFile, or load the key into ssh-agent',
  ),
  'E-SSH-TIMEOUT': transient(
    'a command on the server gave no answer in time',
    'look at the server’s load, then: fleetlift retry SERVER',
  ),
  'E-LINK-LOST': transient(
    'the connection broke while it was used',
    'look at the network between the machines, then: fleetlift retry SERVER',
  ),
  'E-NOT-ROOT': entry(
    'the login is not root and may not become root by sudo',
    'log in as root, or set ssh.sudo: true and allow sudo without a password',
  ),
  'E-TUNNEL': entry(
    'the server’s sshd does not let a tunnel be opened, which sync.network: tunnel needs',
    'allow it there: AllowTcpForwarding yes (or remote), no DisableForwarding, no PermitListen, and no restrict or no-port-forwarding before the key in authorized_keys; then: fleetlift retry SERVER',
  ),
  // Agent
  'E-AGENT-OUTPUT': entry(
    'the agent’s answer is not what an agent says (broken, endless, or another version)',
    'look at the shell start-up files of that login (they must print nothing), then: fleetlift retry SERVER',
  ),
  'E-AGENT-PUSH': transient(
    'the agent could not be laid down on the source, or arrived altered',
    'look at free space and mount options of /var/lib on the source',
  ),
  'E-AGENT-TOOL': entry(
    'a tool the agent needs is missing on the source',
    'install it with the printed command',
  ),
  // Preflight
  'E-RSYNC-MISSING': entry(
    'rsync is not installed on the source',
    'apt-get -y install rsync (Debian, Ubuntu); yum -y install rsync (RHEL); zypper install rsync (SUSE)',
  ),
  'E-SSH-CLIENT-MISSING': entry(
    'no ssh client on the source, which is how it sends to the relay',
    'apt-get -y install openssh-client; yum -y install openssh-clients',
  ),
  'E-VIRTIO-MISSING': entry(
    'kernel and initramfs lack virtio drivers, and no other initramfs can be built on the source',
    'install initramfs-tools or dracut on the source, or a kernel with virtio',
  ),
  'E-GRUB-OLD': entry(
    'no GRUB 2 on the source (GRUB legacy, LILO, or none)',
    'install GRUB 1.9x or newer, then migrate again',
  ),
  'E-CLOCK': entry(
    'the source’s clock is off',
    'set the time (timedatectl set-ntp true), then: fleetlift retry SERVER',
  ),
  'E-RELAY-UNREACHABLE': transient(
    'the source does not reach the relay on its port',
    'open outbound TCP to the relay’s port, and check relays[].address',
  ),
  'E-SOURCE-SPACE': entry(
    'too little free space on the source for the agent',
    'free at least 64 MiB in /var/lib',
  ),
  'E-OS-UNSUPPORTED': entry('operating system or architecture is not supported', 'see docs/support.md'),
  'E-FS-UNSUPPORTED': entry(
    'a mounted filesystem is of a kind that is not migrated',
    'unmount it, or move its data',
  ),
  'E-KERNEL-MISSING': entry(
    'no kernel in the source’s /boot',
    'install a kernel package on the source, then migrate again',
  ),
  'E-LUKS-CONSENT': entry(
    'a filesystem is encrypted, and its content would arrive unencrypted',
    'if that may be, set sync.luks: plain; or leave the volume behind: unmount it',
  ),
  'E-RELAY-SPACE': entry(
    'the server needs more room than the relay’s disk has, or than it has now where the job cannot wait for it',
    'give the relay’s folder a larger disk, then: fleetlift retry SERVER',
  ),
  'E-RELAY-TURN': transient(
    'another job has a btrfs of the same UUID mounted on the relay, whose kernel (before 6.7) mounts only one at a time',
    'nothing: it goes on when that job is done or is given up; with a kernel from 6.7 on, both run at once',
  ),
  'E-IMAGE-NAME': entry(
    'an image of this name exists already',
    'choose another image.name, or move the old image away',
  ),
  'E-SOURCE-LOCKED': entry(
    'another unfinished job holds this source',
    'finish, cancel or delete that job first: fleetlift jobs list',
  ),
  'E-SOURCE-CLONE': entry(
    'two servers of the inventory are the same machine',
    'give each server its own host, or remove one of them',
  ),
  'E-PREFLIGHT': entry(
    'several findings block this server',
    'mend each of them (fleetlift jobs show SERVER lists their remedies), then: fleetlift retry SERVER',
  ),
  'E-DISK-SIZE': entry(
    'the wished disk size does not hold what is used, or the image’s format does not hold the disk',
    'raise image.disks.DISK.sizeGiB, or remove it',
  ),
  // Sync
  'E-RSYNC-PROTOCOL': transient(
    'rsync broke off in its protocol (exit 12)',
    'repeated: stop databases and containers or exclude their data',
  ),
  'E-RSYNC-TIMEOUT': transient(
    'rsync ran into its timeout (exit 30)',
    'look at the load of the source and at the network',
  ),
  'E-RSYNC-IO': transient(
    'rsync could not read or write some files (exit 11, 23)',
    'see fleetlift logs SERVER for the files',
  ),
  'E-RSYNC-FAILED': transient('rsync ended with an unexpected code', 'see fleetlift logs SERVER'),
  'E-RELAY-FULL': entry(
    'the relay’s disk is full, or an error there lost bytes on their way to it',
    'free space in the relay’s folder, then: fleetlift retry SERVER',
  ),
  'E-SOURCE-FULL': entry(
    'the source’s disk is full, so the agent cannot keep its journal',
    'free space in /var/lib of the source, then: fleetlift retry SERVER',
  ),
  'E-SYNC-STALLED': transient(
    'the transfer made no progress for a long time',
    'look at the network and at both machines’ disks',
  ),
  'E-SNAPSHOT': transient(
    'a snapshot on the source could not be taken, ran full, or is gone; the server’s own filesystems are untouched',
    'a new one is taken by itself; if it comes again, give the volume group more free extents (the btrfs more free space), or set sync.snapshot: off and migrate again; then: fleetlift retry SERVER',
  ),
  'E-INITRAMFS': entry(
    'the initramfs that the image needs could not be built on the source',
    'see the message; mend it on the source (mkinitramfs, dracut), then: fleetlift retry SERVER',
  ),
  'E-SOURCE-CHANGED': entry(
    'the source’s disks are not what they were at the import',
    'delete the job and migrate the server anew: fleetlift delete SERVER',
  ),
  'E-QUIESCE': entry(
    'the services of sync.quiesce could not be stopped or started',
    'look at them on the source with systemctl, then: fleetlift cutover SERVER',
  ),
  'E-CUTOVER': entry(
    'the services of sync.quiesce did not stand still to the end of the cutover',
    'find out what started them, then: fleetlift cutover SERVER',
  ),
  // Image
  'E-RELAY-TOOL': entry(
    'a tool is missing on the relay',
    'install it with the command that fleetlift doctor prints',
  ),
  'E-RELAY-PORT': entry(
    'the relay’s receiver could not be started on its port',
    'see who listens there (ss -ltnp), or set relays[].port, then: fleetlift retry SERVER',
  ),
  'E-RELAY-DISK': transient('a disk operation on the relay failed', 'see fleetlift logs SERVER'),
  'E-IMAGE-BOOTLOADER': entry('the boot loader could not be put into the image', 'see fleetlift logs SERVER'),
  'E-IMAGE-TREE': entry(
    'a path inside the server’s tree is not what it must be (a link in its place, or missing)',
    'see the message for the path',
  ),
  'E-IMAGE-CONVERT': transient(
    'the image could not be converted, or differs after conversion',
    'see fleetlift logs SERVER',
  ),
  // Verify
  'E-VERIFY-DIFF': entry(
    'files differ between source and replica though the source did not change them',
    'look at the relay’s disk and memory, then: fleetlift retry SERVER',
  ),
  'E-VERIFY-FSCK': entry(
    'a filesystem of the replica is not clean',
    'fleetlift retry SERVER; if it comes again look at the relay’s disk',
  ),
  'E-BOOT-TIMEOUT': transient(
    'the image did not boot to a login in time',
    'look at the screenshot and the serial log: fleetlift logs SERVER',
  ),
  'E-BOOT-QEMU': transient('QEMU did not run', 'see fleetlift logs SERVER and fleetlift doctor'),
  'E-BOOT-LOGIN': entry(
    'the booted image refused the server’s own login',
    'check ssh settings; see fleetlift logs SERVER',
  ),
  'E-BOOT-CHECKS': entry(
    'the booted image failed a check (mounts, units, ports or commands)',
    'see fleetlift report for the check',
  ),
  // Evidence
  'E-EVIDENCE-NONE': entry(
    'no evidence of that migration or server lies in the relay’s folder',
    'give the command on the relay, with --relay-dir DIR',
  ),
  'E-EVIDENCE-KEY': entry(
    'the key that signs evidence cannot be used',
    'see docs/evidence.md; a key that was readable by others must be replaced',
  ),
  'E-EVIDENCE-WRITE': entry(
    'the bundle could not be written',
    'see the message; where a log grew meanwhile, give the command again',
  ),
  'E-EVIDENCE-ALTERED': entry(
    'a member of a bundle is not what was signed',
    'do not rely on that member; ask for the bundle anew',
  ),
  'E-EVIDENCE-MISSING': entry('a bundle lacks a member that was signed', 'ask for the bundle anew'),
  'E-EVIDENCE-ADDED': entry(
    'a bundle has a member that nobody signed',
    'do not rely on that member; ask for the bundle anew',
  ),
  'E-EVIDENCE-DAMAGED': entry(
    'a bundle is cut off, damaged, or none',
    'copy it anew, and compare the sha256 of both files',
  ),
  'E-EVIDENCE-SIGNATURE': entry(
    'the signature of a bundle does not fit its manifest',
    'rely on nothing in it; ask for the bundle anew',
  ),
  'E-EVIDENCE-SIGNER': entry(
    'a bundle was signed with another key than the one that was demanded',
    'compare with the fingerprint that the relay printed',
  ),
  // Orchestration
  'E-WORKER-LOST': transient(
    'the process that did the work died or lost its connection',
    'it is taken up again by itself',
  ),
  'E-MIGRATION-ENDED': entry(
    'the migration’s workflow ended in Temporal before its servers were done; jobs that run go on without it',
    'once none runs, delete those that stand still (fleetlift jobs list, fleetlift jobs delete JOB), then give the same migrate again: what is finished stays finished',
  ),
  'E-TEMPORAL': transient('Temporal is not reachable', 'fleetlift doctor'),
  'E-PAYLOAD': entry(
    'a message in Temporal is not signed with the key of this fleet: it is not from us, and is refused',
    'give every worker and command the same key (docs/security.md); if they have it, somebody else reaches this Temporal',
  ),
  'E-PAYLOAD-KEY': entry(
    'the key that messages in Temporal are signed with cannot be used',
    'see docs/security.md for what it must be',
  ),
  'E-STATE-DIR': entry(
    'the state folder cannot be used',
    'check its owner and mode with fleetlift doctor, or name another one with --state-dir',
  ),
  'E-SERVICE': entry('the embedded service did not start', 'see its log, then: fleetlift up'),
  'E-USAGE': entry('wrong usage', 'see --help'),
  'E-INVENTORY': entry('the inventory has errors', 'fleetlift validate INVENTORY'),
  'E-EDIT-REFUSED': entry(
    'the edited inventory changes what has started already; nothing of it was applied',
    'do what the message says, or undo that change, then migrate again',
  ),
  'E-DEPENDENCY': entry(
    'a server this one depends on failed or was skipped',
    'fleetlift status shows it; repair it, then: fleetlift retry THAT-SERVER',
  ),
  'E-INTERNAL': entry(
    'a defect of fleetlift',
    'report it with what was said, and with fleetlift logs SERVER where a server failed',
  ),
  // Warnings
  'W-OS-UNTRIED': entry(
    'the distribution, or this version of it, has never been tried',
    'migrate one such server first, with verify.boot, and look at its report; docs/support.md lists what was tried',
  ),
  'W-BOND-VLAN': entry(
    'bonds, bridges or VLANs are set up; the image asks by DHCP on its Ethernet cards',
    'set them up in the image for its new network; their settings are kept in it, in place or below /etc/fleetlift/saved',
  ),
  'W-RSYNC-ATTRIBUTES': entry(
    'the source’s rsync cannot carry ACLs or extended attributes',
    'install the distribution’s own rsync',
  ),
  'W-GRUB-MISSING': entry(
    'no GRUB tools are installed on the source',
    'install them, so that kernel updates in the image reach its boot menu',
  ),
  'W-DB-RUNNING': entry(
    'a database or container service runs: what it writes during the sync may arrive half-written',
    'stop it for the last pass, or exclude its data',
  ),
  'W-QUIESCE': entry(
    'a service of sync.quiesce does not run',
    'mind its spelling: systemctl list-units --type=service',
  ),
  'W-FS-UNMOUNTED': entry(
    'a disk or partition with content is not mounted, and is not migrated',
    'mount it and drill again, or leave it behind',
  ),
  'W-CLOCK': entry('the source’s clock is off by some seconds', 'timedatectl set-ntp true'),
  'W-STATIC-ADDRESS': entry(
    'a static address is configured; the image asks by DHCP',
    'the old configuration is kept in the image beside the new',
  ),
  'W-FIRMWARE': entry(
    'the source boots by UEFI with Secure Boot, without a shim and GRUB that could be taken along; the image’s loader is unsigned',
    'mount its EFI system partition and drill again, or switch Secure Boot off for the target',
  ),
  'W-INITRAMFS-BUILT': entry(
    'the initramfs lacks virtio drivers, or waits for volumes that become plain partitions: fleetlift builds one in the agent’s folder, for the image alone',
    'nothing; where the source’s configuration leaves virtio out by name, add it in the image for later kernels',
  ),
  'W-KERNEL-CHANGED': entry(
    'the running kernel is no longer in /boot; the newest there will boot',
    'reboot the source before the migration',
  ),
  'W-KERNEL-NEWER': entry(
    'a newer kernel than the running one is in /boot, with an initramfs that the image could not boot by; the image boots the running one',
    'reboot the source into it and drill again, or make its initramfs anew in the image before its next update-grub',
  ),
  'W-PLATFORM-DRIVERS': entry(
    'the initramfs lacks drivers of the platform that the image’s format is mostly for, and no other can be built; on virtio disks the image boots',
    'install initramfs-tools or dracut on the source; nothing, where the target has virtio disks',
  ),
  'W-RELAY-SPACE': entry(
    'the relay has no room for this server now: its job waits in the queue, and goes on by itself once there is',
    'free room in the relay’s folder, delete what is finished with its images (fleetlift delete), or add a relay, cancel SERVER and migrate again',
  ),
  'W-LAYERS': entry('LVM or RAID is flattened into plain partitions', 'nothing; fstab is rewritten'),
  'W-ISCSI': entry(
    'a filesystem that iSCSI reaches becomes a disk of the image, which logs in to no target by itself: with both, there would be two of one UUID',
    'nothing, if the image is to have a disk of its own; to go on with the target, unmount it and drill again, and once the source is off, in the image: iscsiadm -m node -o update -n node.startup -v automatic, and a line in fstab',
  ),
  'W-MOUNT-SKIPPED': entry(
    'a mount is not copied (network, overlay, loop …)',
    'nothing, or copy its content yourself',
  ),
  'W-OLD-PLACE': entry(
    'settings name package mirrors, time servers or name servers that may answer only where the server is now; they are carried over as they are',
    'see that the image reaches them, or name others there after the cutover',
  ),
  'W-PLATFORM-AGENT': entry('an agent of the old platform runs', 'remove it after the cutover'),
  'W-QUOTA': entry(
    'quotas are switched on: their limits, and the project ids of files, are not carried over',
    'keep them before the last pass, by xfs_quota -x -c dump MOUNTPOINT (xfs) or repquota -a (ext4), and give them to the image, by xfs_quota -x -c restore or setquota; set up the projects of /etc/projects anew there',
  ),
  'W-LUKS': entry(
    'an encrypted filesystem arrives unencrypted, as sync.luks: plain consents',
    'encrypt the disks of relay and target',
  ),
  'W-IMMUTABLE': entry(
    'files carry chattr +i or +a, which are not carried over',
    'set them again in the image',
  ),
  // Informations
  'I-OS-LAYOUTS': entry(
    'the distribution was tested on the layout of its files; no image of it has been booted by fleetlift’s own tests',
    'nothing: the boot that is part of the migration will tell; docs/support.md lists what was tried',
  ),
  'I-FIRMWARE': entry('how the source boots', 'nothing'),
  'I-SELINUX': entry('SELinux is used on the source', 'nothing: labels are carried over'),
  'I-SNAPSHOT': entry(
    'what the last pass reads as it was at one moment, from snapshots, and what as it runs',
    'nothing; where what is read as it runs must be whole, stop its services for the last pass',
  ),
  'I-CLOUD-INIT': entry(
    'cloud-init is not installed',
    'nothing, unless the new cloud is to set the host name',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

/** Whether a text is a code of the catalogue. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(CATALOGUE, text);
}
