// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

// ChangeVersion is one that no configuration had before, in the form of a real server's.
func ChangeVersion() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000000000Z") }

// checkVersion refuses a change whose caller has seen an older version of the configuration than there is. A caller that names none has its
// change made.
func checkVersion(have *types.VirtualMachineConfigInfo, seen string) types.BaseMethodFault {
	if seen != "" && seen != have.ChangeVersion {
		return new(types.ConcurrentAccess)
	}
	return nil
}
