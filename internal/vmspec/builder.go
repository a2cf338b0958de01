// SPDX-License-Identifier: MPL-2.0

package vmspec

import "github.com/vmware/govmomi/vim25/types"

// builder collects the values of extra specs and image properties.
type builder struct {
	vcpus, ram int64 // the flavor's
	clock      Clock
	said       map[string]string // the flavor's value by subject, with the extra spec that set it

	cpu, memory, diskIO, nicTraffic allocation
	topology                        topology
	cpuHotAdd, memoryHotAdd         *bool
	cpuPercent, memoryPercent       int64  // reserved share of the whole
	cpuQuota, cpuPeriod             int64  // microseconds
	readIOPS, writeIOPS             int64  // limits
	wholeCPU                        string // the key that reserves all of the CPU
	locked                          string // the key that reserves all of the memory
	lockWanted                      *bool
	latency                         string // low, normal or high; empty: not set
	dedicated                       string // the key that asks for dedicated CPUs
	hugePages                       bool
	numaNodes                       int64
	coresPerNode                    *int32

	guestID, firmware    string
	windows              bool
	version              string // vmx-19
	versionNumber        int
	policy, evc          string
	nested, nestedWanted *bool
	encryption, hidden   *bool
	secureBoot           string
	bootMenu             *bool
	configDrive          string
	osType               string
	customization        string

	adapter             string // Nova's name; empty: the template's adapter
	provisioning        string
	linked              *bool
	nicType             string
	nicFault            error // why no NIC can have the requested model
	nics                int   // how many NICs the VM will have, as far as that is known
	videoRAM, videoMost int64 // MB
	tpm                 bool
	watchdog            *bool

	options  map[string]string // extraConfig
	warnings []string
}

func (b *builder) lockedToMax() *bool {
	if b.locked != "" {
		return types.NewBool(true)
	}
	return b.lockWanted
}

func (b *builder) latencySensitivity() *types.LatencySensitivity {
	if b.latency == "" {
		return nil
	}
	return &types.LatencySensitivity{Level: types.LatencySensitivitySensitivityLevel(b.latency)}
}

func (b *builder) virtualNUMA() *types.VirtualMachineVirtualNuma {
	if b.coresPerNode == nil {
		return nil
	}
	return &types.VirtualMachineVirtualNuma{CoresPerNumaNode: b.coresPerNode}
}

const bootMenuDelay = 5000 // ms

func (b *builder) bootOptions() *types.VirtualMachineBootOptions {
	var o types.VirtualMachineBootOptions
	if b.bootMenu != nil && *b.bootMenu {
		o.BootDelay = bootMenuDelay
	}
	switch b.secureBoot {
	case "required":
		o.EfiSecureBootEnabled = types.NewBool(true)
	case "disabled":
		o.EfiSecureBootEnabled = types.NewBool(false)
	}
	if o.BootDelay == 0 && o.EfiSecureBootEnabled == nil {
		return nil
	}
	return &o
}

func profile(id string) []types.BaseVirtualMachineProfileSpec {
	if id == "" {
		return nil
	}
	return []types.BaseVirtualMachineProfileSpec{&types.VirtualMachineDefinedProfileSpec{ProfileId: id}}
}

// lock reserves all memory. Errors name the first key that asked for it.
func (b *builder) lock(key string) {
	if b.locked == "" {
		b.locked = key
	}
}
