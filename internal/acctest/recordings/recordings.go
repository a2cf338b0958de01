// SPDX-License-Identifier: MPL-2.0

// Package recordings reads recordings of the calls that OpenStack's own VMware driver sends to a vCenter, with which the translation is
// compared, and which are replayed. It is linked into a program, and imports nothing of tests.
package recordings

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Recording is one case: a request to Nova, and what Nova sent.
type Recording struct {
	Name  string `json:"name"` // the file's, without its extension
	Input Input  `json:"input"`
	Steps []Step `json:"steps"`
}

// Input holds what differs from the defaults.
type Input struct {
	Flavor      Flavor         `json:"flavor"`
	Image       Image          `json:"image"`
	Networks    []Network      `json:"networks,omitempty"`
	Conf        map[string]any `json:"conf,omitempty"` // Nova's own configuration
	Instance    map[string]any `json:"instance,omitempty"`
	Ops         []Op           `json:"ops,omitempty"`
	BlockDevice map[string]any `json:"block_device_info,omitempty"`
}

// Flavor holds the given fields of a flavor.
type Flavor struct {
	MemoryMB    *int64         `json:"memory_mb,omitempty"`
	VCPUs       *int64         `json:"vcpus,omitempty"`
	RootGB      *int64         `json:"root_gb,omitempty"`
	EphemeralGB *int64         `json:"ephemeral_gb,omitempty"`
	Swap        *int64         `json:"swap,omitempty"`
	ExtraSpecs  map[string]any `json:"extra_specs,omitempty"`
}

// Image holds the given fields of an image.
type Image struct {
	Properties map[string]any `json:"properties,omitempty"`
	DiskFormat string         `json:"disk_format,omitempty"`
	Size       int64          `json:"size,omitempty"` // bytes
}

// Network describes a port as Nova was told it.
type Network struct {
	Type      string            `json:"type,omitempty"`
	Bridge    string            `json:"bridge,omitempty"`
	NetworkID string            `json:"network_id,omitempty"`
	PortID    string            `json:"port_id,omitempty"`
	MAC       string            `json:"mac,omitempty"`
	Details   map[string]string `json:"details,omitempty"`
}

// Op is a request to Nova after it made the instance.
type Op struct {
	Op      string   `json:"op"`
	Flavor  Flavor   `json:"flavor"`
	Network *Network `json:"network,omitempty"`
	Which   string   `json:"which,omitempty"`
}

// Step holds what Nova sent for one operation, or why it refused.
type Step struct {
	Op    string `json:"op"`
	Calls []Call `json:"calls,omitempty"`
	Error *Error `json:"error,omitempty"`

	Returns *HostState `json:"returns,omitempty"` // only for the operation "host_state"
}

// HostState is what Nova reports about its compute node.
type HostState struct {
	Nodes    []string       `json:"nodes"`
	Resource map[string]any `json:"resource"`
}

// Call is one call to the vCenter.
type Call struct {
	Method string          `json:"method"`
	Args   json.RawMessage `json:"args,omitempty"`
}

// Error is Nova's reason for a refusal.
type Error struct {
	Class   string `json:"class"`
	Message string `json:"message"`
}

// test is what this package asks of a *testing.T.
type test interface {
	Helper()
	Fatal(args ...any)
}

// All returns every recording: from the folder in NOVA_GOLDEN_DIR, else the condensed copies in this repository.
func All(t test) []Recording {
	t.Helper()
	if dir := os.Getenv("NOVA_GOLDEN_DIR"); dir != "" {
		return Folder(t, dir)
	}
	return Condensed(t)
}

// Folder reads every recording of a folder.
func Folder(t test, dir string) []Recording {
	t.Helper()
	all, err := read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(dir string) (all []Recording, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no recordings in %s: %v", dir, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var r Recording
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		r.Name = strings.TrimSuffix(filepath.Base(file), ".json")
		all = append(all, r)
	}
	return all, nil
}

// machineCalls are the calls that Condense keeps: those that make or change a VM.
var machineCalls = []string{"CreateVM_Task", "ReconfigVM_Task", "Rename_Task", "PowerOnVM_Task", "PowerOffVM_Task"}

// Condense keeps what is compared and replayed: inputs, refusals, calls that make or change VMs, and what Nova reports.
func Condense(all []Recording) []Recording {
	out := slices.Clone(all)
	for i := range out {
		out[i].Steps = slices.Clone(out[i].Steps)
		for j := range out[i].Steps {
			out[i].Steps[j].Calls = slices.DeleteFunc(slices.Clone(out[i].Steps[j].Calls), func(c Call) bool {
				return !slices.Contains(machineCalls, c.Method)
			})
			if out[i].Steps[j].Op != "host_state" {
				out[i].Steps[j].Returns = nil
			}
		}
	}
	return out
}

//go:embed testdata/recordings.json
var condensed []byte

// Embedded returns the condensed copies, which are part of the program.
func Embedded() (all []Recording, err error) {
	if err := json.Unmarshal(condensed, &all); err != nil {
		return nil, fmt.Errorf("the recordings of Nova's driver: %w", err)
	}
	return all, nil
}

// Condensed returns the copies in this repository.
func Condensed(t test) []Recording {
	t.Helper()
	all, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Refused returns why Nova did not make the instance, or nil.
func (r Recording) Refused() *Error {
	for _, s := range r.Steps {
		if s.Op == "spawn" || s.Op == "driver_init" {
			if s.Error != nil {
				return s.Error
			}
		}
	}
	return nil
}

// Specs returns the specifications that one step sent, in order.
func (s Step) Specs(t test) (specs []types.VirtualMachineConfigSpec) {
	t.Helper()
	for _, call := range s.Calls {
		var args struct {
			Config, Spec *types.VirtualMachineConfigSpec
		}
		if call.Method != "CreateVM_Task" && call.Method != "ReconfigVM_Task" {
			continue
		}
		if err := types.NewJSONDecoder(bytes.NewReader(call.Args)).Decode(&args); err != nil {
			t.Fatal(err)
		}
		for _, spec := range []*types.VirtualMachineConfigSpec{args.Config, args.Spec} {
			if spec != nil {
				specs = append(specs, *spec)
			}
		}
	}
	return specs
}

// Spawned returns the specification that made the instance, with the devices and options of later ones merged into it.
func (r Recording) Spawned(t test) types.VirtualMachineConfigSpec {
	t.Helper()
	var whole types.VirtualMachineConfigSpec
	for _, s := range r.Steps {
		if s.Op != "spawn" {
			continue
		}
		for i, spec := range s.Specs(t) {
			if i == 0 {
				whole = spec
				continue
			}
			whole.DeviceChange = append(whole.DeviceChange, spec.DeviceChange...)
			whole.ExtraConfig = append(whole.ExtraConfig, spec.ExtraConfig...)
		}
	}
	return whole
}

// Flavor returns the flavor of the input.
func (r Recording) Flavor() openstack.Flavor {
	return r.Input.Flavor.over(openstack.Flavor{ID: "1", Name: "m1.test", VCPUs: 1, RAM: 512, Disk: 1})
}

// FlavorAt returns the flavor of the instance after some steps, or after all of them if steps is 0.
func (r Recording) FlavorAt(steps int) openstack.Flavor {
	f := r.Flavor()
	for i, step := range r.Steps {
		at := slices.IndexFunc(r.Input.Ops, func(op Op) bool { return op.Op == "resize" })
		switch {
		case steps > 0 && i >= steps:
		case step.Op == "resize" && step.Error == nil:
			f = r.Resized(r.Input.Ops[at])
		case step.Op == "revert_resize":
			f = r.Flavor()
		}
	}
	return f
}

// Resized returns the flavor of a resize.
func (r Recording) Resized(op Op) openstack.Flavor {
	base := openstack.Flavor{ID: "2", Name: "m1.resized", VCPUs: 1, RAM: 512, Disk: 1}
	return op.Flavor.over(base)
}

func (f Flavor) over(to openstack.Flavor) openstack.Flavor {
	for _, set := range []struct{ target, value *int64 }{{&to.RAM, f.MemoryMB}, {&to.VCPUs, f.VCPUs}, {&to.Disk, f.RootGB},
		{&to.Ephemeral, f.EphemeralGB}, {&to.Swap, f.Swap}} {
		if set.value != nil {
			*set.target = *set.value
		}
	}
	to.ExtraSpecs = texts(f.ExtraSpecs)
	return to
}

// Properties returns the image's properties.
func (r Recording) Properties() map[string]string { return texts(r.Input.Image.Properties) }

func texts(values map[string]any) map[string]string {
	out := make(map[string]string, len(values))
	for key, value := range values {
		out[key] = fmt.Sprint(value)
	}
	return out
}

// BootVolume returns the bus of the volume that the instance boots from; false where it boots from none.
func (r Recording) BootVolume() (bus string, boots bool) {
	mappings, _ := r.Input.BlockDevice["block_device_mapping"].([]any)
	for _, mapping := range mappings {
		if m, ok := mapping.(map[string]any); ok && fmt.Sprint(m["boot_index"]) == "0" {
			bus, _ = m["disk_bus"].(string)
			return bus, true
		}
	}
	return "", false
}
