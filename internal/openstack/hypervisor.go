// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"strconv"
	"strings"
)

// States and statuses of a compute node or service as the compute API names them.
const (
	Up       = "up"
	Down     = "down"
	Enabled  = "enabled"
	Disabled = "disabled"
)

// Hypervisor is a compute node: a cluster, as in Nova's VMware driver, or one ESX host of a cluster.
type Hypervisor struct {
	ID             string // the managed object id
	Hostname       string // a cluster's "<managed object id>.<the vCenter's UUID>", an ESX host's own name
	Node           string // the cluster's hostname, also for an ESX host
	Cluster        string // the cluster's name
	IsHost         bool
	HostIP         string
	Type           string // "VMware vCenter Server" or "VMware ESXi"
	Version        int64  // 8000003 for 8.0.3
	State          string // Up or Down
	Status         string // Enabled or Disabled
	DisabledReason string
	CPUInfo        string // JSON; empty for a cluster, because its hosts may differ
	VCPUs          int64
	VCPUsUsed      int64 // of the running VMs
	MemoryMB       int64
	MemoryMBUsed   int64
	LocalGB        int64
	LocalGBUsed    int64
	RunningVMs     int64
}

// Limits is what the instances of a project use; there are no quotas to compare it with.
type Limits struct {
	Instances int64
	Cores     int64
	RAM       int64 // MB
}

// VersionNumber converts a version to the integer that OpenStack uses, with three digits for each part after the first: 8000003 for
// 8.0.3. Only the leading digits of each part count.
func VersionNumber(version string) (number int64) {
	for part := range strings.SplitSeq(version, ".") {
		if end := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
			part = part[:end]
		}
		digits, _ := strconv.ParseInt("0"+part, 10, 64)
		number = number*1000 + digits
	}
	return number
}
