package vmspec

import "github.com/vmware/govmomi/vim25/types"

// builder collects what extra specs and image properties say.
type builder struct {
	vcpus, ram int64 // the flavor's
	clock      Clock
	said       map[string]string // what the flavor said, and with which key

	cpu, memory, diskIO, nicTraffic allocation
	topology                        topology
	cpuHotAdd, memoryHotAdd         *bool
	cpuPercent, memoryPercent       int64  // of all, to be reserved
	cpuQuota, cpuPeriod             int64  // microseconds
	readIOPS, writeIOPS             int64  // limits
	wholeCPU                        string // the key that reserves all of the CPU
	locked                          string // the key that reserves all of the memory
	lockWanted                      *bool
	latency                         string // low, normal or high; empty: not said
	dedicated                       string // the key that asks for CPUs of its own
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

	adapter             string // Nova's name; empty: the template's
	provisioning        string
	linked              *bool
	nicType             string
	nicFault            error // why no NIC can be of the model that was said
	nics                int   // how many there will be, as far as that is known
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

// lock reserves all memory. The first key that asks for it is the one that is named.
func (b *builder) lock(key string) {
	if b.locked == "" {
		b.locked = key
	}
}
