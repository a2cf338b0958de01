// Package recordings reads what OpenStack's own VMware driver was recorded to send to a vCenter: the yardstick of the
// translation.
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
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Recording is one case: what Nova was asked for, and what it sent.
type Recording struct {
	Name  string `json:"name"` // the file's, without its ending
	Input Input  `json:"input"`
	Steps []Step `json:"steps"`
}

// Input is what differs from the defaults.
type Input struct {
	Flavor      Flavor         `json:"flavor"`
	Image       Image          `json:"image"`
	Networks    []Network      `json:"networks,omitempty"`
	Conf        map[string]any `json:"conf,omitempty"` // Nova's own configuration
	Instance    map[string]any `json:"instance,omitempty"`
	Ops         []Op           `json:"ops,omitempty"`
	BlockDevice map[string]any `json:"block_device_info,omitempty"`
}

// Flavor is what is said of a flavor.
type Flavor struct {
	MemoryMB    *int64         `json:"memory_mb,omitempty"`
	VCPUs       *int64         `json:"vcpus,omitempty"`
	RootGB      *int64         `json:"root_gb,omitempty"`
	EphemeralGB *int64         `json:"ephemeral_gb,omitempty"`
	Swap        *int64         `json:"swap,omitempty"`
	ExtraSpecs  map[string]any `json:"extra_specs,omitempty"`
}

// Image is what is said of an image.
type Image struct {
	Properties map[string]any `json:"properties,omitempty"`
	DiskFormat string         `json:"disk_format,omitempty"`
	Size       int64          `json:"size,omitempty"` // bytes
}

// Network is what Nova was told of a port.
type Network struct {
	Type      string            `json:"type,omitempty"`
	Bridge    string            `json:"bridge,omitempty"`
	NetworkID string            `json:"network_id,omitempty"`
	PortID    string            `json:"port_id,omitempty"`
	MAC       string            `json:"mac,omitempty"`
	Details   map[string]string `json:"details,omitempty"`
}

// Op is what Nova was asked to do after it made the instance.
type Op struct {
	Op      string   `json:"op"`
	Flavor  Flavor   `json:"flavor"`
	Network *Network `json:"network,omitempty"`
	Which   string   `json:"which,omitempty"`
}

// Step is what Nova sent for one operation, or why it refused.
type Step struct {
	Op    string `json:"op"`
	Calls []Call `json:"calls,omitempty"`
	Error *Error `json:"error,omitempty"`

	Returns *HostState `json:"returns,omitempty"` // of the operation "host_state"
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

// Error is why Nova refused.
type Error struct {
	Class   string `json:"class"`
	Message string `json:"message"`
}

// All gives every recording: of the folder in NOVA_GOLDEN_DIR, else of the condensed copies that come with the repository.
func All(t *testing.T) []Recording {
	t.Helper()
	if dir := os.Getenv("NOVA_GOLDEN_DIR"); dir != "" {
		return Folder(t, dir)
	}
	return Condensed(t)
}

// Folder reads every recording of a folder.
func Folder(t *testing.T, dir string) (all []Recording) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s: %v", dir, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r Recording
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatalf("%s: %s", file, err)
		}
		r.Name = strings.TrimSuffix(filepath.Base(file), ".json")
		all = append(all, r)
	}
	return all
}

// machineCalls are the calls that make of a machine what it is. The files under it are made as its specifications name them.
var machineCalls = []string{"CreateVM_Task", "ReconfigVM_Task", "Rename_Task", "PowerOnVM_Task", "PowerOffVM_Task"}

// Condense keeps what is compared and replayed: the input, the refusals, what was done to virtual machines, and what Nova reports.
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

// Condensed are the copies that come with the repository.
func Condensed(t *testing.T) (all []Recording) {
	t.Helper()
	if err := json.Unmarshal(condensed, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// Refused is why Nova did not make the instance, or nil.
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

// Specs are the specifications that one step sent, in order.
func (s Step) Specs(t *testing.T) (specs []types.VirtualMachineConfigSpec) {
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

// Spawned is all that Nova sent to make the instance: the first specification, with the devices and options of the later ones.
func (r Recording) Spawned(t *testing.T) types.VirtualMachineConfigSpec {
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

// Flavor is the flavor of the input.
func (r Recording) Flavor() openstack.Flavor {
	return r.Input.Flavor.over(openstack.Flavor{ID: "1", Name: "m1.test", VCPUs: 1, RAM: 512, Disk: 1})
}

// FlavorAt is the flavor that the instance has after some steps, all of them where steps is 0.
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

// Resized is the flavor of a resize.
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

// Properties are the image's.
func (r Recording) Properties() map[string]string { return texts(r.Input.Image.Properties) }

func texts(values map[string]any) map[string]string {
	out := make(map[string]string, len(values))
	for key, value := range values {
		out[key] = fmt.Sprint(value)
	}
	return out
}
