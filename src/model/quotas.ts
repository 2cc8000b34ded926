/**
 * Whether a mount option switches quotas on: those of ext4(5) and of xfs(5), whose `noenforce` counts and limits nothing. An
 * empty `usrjquota=` switches them off.
 */
export function isQuotaOption(option: string): boolean {
  return /^((u|g|p|usr|grp|prj)?quota|[ugp]?qnoenforce|(usr|grp)jquota=.+)$/.test(option);
}
