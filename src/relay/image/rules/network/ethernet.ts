/** Whether an interface is an Ethernet card by its name: the kernel's (eth0), systemd's (ens3) or biosdevname's (em1, p1p2). */
export function isCardName(name: string): boolean {
  return /^(e|p\d)/.test(name);
}
