package vmspec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// goldenDir holds recordings of what Nova's own driver sends; a clone of the repository alone has none.
func goldenDir(t *testing.T) string {
	dir := os.Getenv("NOVA_GOLDEN_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "nova-golden")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no recordings of Nova's driver at " + dir + " (NOVA_GOLDEN_DIR)")
	}
	return dir
}

// covered are the recordings of what this version translates: sizes, topology, allocations, NICs, firmware, annotation.
var covered = []string{"001", "002", "003", "004", "006", "012", "013", "015", "016", "018", "019", "021", "022", "024", "025", "027", "028",
	"030", "031", "033", "034", "036", "037", "039", "040", "042", "043", "045", "046", "048", "049", "051", "060", "061",
	"096", "097", "099", "100", "102", "103", "105", "106", "108", "109", "115", "117"}

// recording is what a file holds, as far as it is compared.
type recording struct {
	Input struct {
		Flavor struct {
			MemoryMB   *int64         `json:"memory_mb"`
			VCPUs      *int64         `json:"vcpus"`
			RootGB     *int64         `json:"root_gb"`
			ExtraSpecs map[string]any `json:"extra_specs"`
		} `json:"flavor"`
		Image struct {
			Properties map[string]string `json:"properties"`
		} `json:"image"`
		Networks []struct {
			Details map[string]string `json:"details"`
			MAC     string            `json:"mac"`
		} `json:"networks"`
	} `json:"input"`
	Steps []step `json:"steps"`
}

type step struct {
	Op    string `json:"op"`
	Calls []struct {
		Method string          `json:"method"`
		Args   json.RawMessage `json:"args"`
	} `json:"calls"`
	Error *struct{ Message string } `json:"error"`
}

// spawn is the step in which Nova makes the instance.
func (r recording) spawn() step {
	for _, s := range r.Steps {
		if s.Op == "spawn" {
			return s
		}
	}
	return step{}
}

func TestGolden(t *testing.T) {
	dir := goldenDir(t)
	for _, number := range covered {
		files, err := filepath.Glob(filepath.Join(dir, number+"-*.json"))
		if err != nil || len(files) != 1 {
			t.Errorf("%s: %d recordings, %v", number, len(files), err)
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(files[0]), ".json"), func(t *testing.T) { compareRecording(t, files[0]) })
	}
}

func compareRecording(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	got, _, err := Desired(r.wish())
	if refused := r.spawn().Error; refused != nil {
		if err == nil {
			t.Errorf("Nova refuses it (%s), we do not", refused.Message)
		}
		return
	}
	if err != nil {
		t.Fatalf("Nova makes it, and we say: %s", err)
	}
	compareSpec(t, got, r.created(t))
	compareDisk(t, got, r.attached(t))
}

func (r recording) wish() Wish {
	f := openstack.Flavor{Name: "m1.test", VCPUs: 1, RAM: 512, Disk: 1, ExtraSpecs: map[string]string{}}
	for _, set := range []struct{ target, value *int64 }{{&f.RAM, r.Input.Flavor.MemoryMB}, {&f.VCPUs, r.Input.Flavor.VCPUs}, {&f.Disk, r.Input.Flavor.RootGB}} {
		if set.value != nil {
			*set.target = *set.value
		}
	}
	for key, value := range r.Input.Flavor.ExtraSpecs {
		f.ExtraSpecs[key] = fmt.Sprint(value)
	}
	w := Wish{ID: "a0000000-0000-4000-8000-000000000001", Name: "test-vm", Flavor: f, Properties: r.Input.Image.Properties, ImageID: "b0000000-0000-4000-8000-000000000001",
		Owner: Owner{User: "demo", Project: "p"}}
	for i, n := range r.Input.Networks {
		w.NICs = append(w.NICs, NIC{Network: openstack.Network{Kind: openstack.NetworkDistributed, SwitchUUID: n.Details["dvs_id"]},
			MAC: fmt.Sprintf("fa:16:3e:00:00:%02x", i+1), Port: fmt.Sprintf("c0000000-0000-4000-8000-%012d", i+1)})
	}
	return w
}

// created is the config of Nova's CreateVM_Task; attached that of the ReconfigVM_Task which adds the root disk.
func (r recording) created(t *testing.T) types.VirtualMachineConfigSpec {
	t.Helper()
	for _, call := range r.spawn().Calls {
		if call.Method == "CreateVM_Task" {
			var args struct {
				Config types.VirtualMachineConfigSpec
			}
			decodeArgs(t, call.Args, &args)
			return args.Config
		}
	}
	t.Fatal("no CreateVM_Task was recorded")
	panic("unreachable")
}

func (r recording) attached(t *testing.T) *types.VirtualDisk {
	t.Helper()
	for _, call := range r.spawn().Calls {
		if call.Method != "ReconfigVM_Task" {
			continue
		}
		var args struct {
			Spec types.VirtualMachineConfigSpec
		}
		decodeArgs(t, call.Args, &args)
		for _, change := range args.Spec.DeviceChange {
			if disk, ok := change.GetVirtualDeviceConfigSpec().Device.(*types.VirtualDisk); ok {
				return disk
			}
		}
	}
	return nil
}

func decodeArgs(t *testing.T, raw json.RawMessage, target any) {
	t.Helper()
	if err := types.NewJSONDecoder(bytes.NewReader(raw)).Decode(target); err != nil {
		t.Fatal(err)
	}
}

func compareSpec(t *testing.T, got, want types.VirtualMachineConfigSpec) {
	t.Helper()
	if got.NumCPUs != want.NumCPUs || got.MemoryMB != want.MemoryMB || *got.NumCoresPerSocket != *want.NumCoresPerSocket {
		t.Errorf("%d vcpus, %d a socket, %d MB; Nova: %d, %d, %d", got.NumCPUs, *got.NumCoresPerSocket, got.MemoryMB, want.NumCPUs, *want.NumCoresPerSocket, want.MemoryMB)
	}
	if !sameAllocation(want.CpuAllocation, got.CpuAllocation) || !sameAllocation(want.MemoryAllocation, got.MemoryAllocation) {
		t.Errorf("allocations %+v %+v; Nova: %+v %+v", got.CpuAllocation, got.MemoryAllocation, want.CpuAllocation, want.MemoryAllocation)
	}
	if got.Firmware != want.Firmware || got.InstanceUuid != want.InstanceUuid || want.GuestId != "otherGuest" && got.GuestId != want.GuestId {
		t.Errorf("firmware %q, guest %q; Nova: %q, %q", got.Firmware, got.GuestId, want.Firmware, want.GuestId)
	}
	have := changedOptions(got.ExtraConfig, want.ExtraConfig)
	if len(have) != 0 {
		t.Errorf("extraConfig lacks %+v", have)
	}
	ours := strings.Split(got.Annotation, "\n")
	for i, line := range strings.Split(want.Annotation, "\n") {
		key, value, _ := strings.Cut(line, ":")
		personal := strings.HasPrefix(key, "user") || strings.HasPrefix(key, "project") || key == "package"
		if i >= len(ours) || personal && !strings.HasPrefix(ours[i], key+":") || !personal && ours[i] != line {
			t.Errorf("annotation line %d is not %s:%s", i, key, value)
		}
	}
	compareCards(t, cards(got), cards(want))
}

func cards(spec types.VirtualMachineConfigSpec) []types.BaseVirtualEthernetCard {
	var out []types.BaseVirtualEthernetCard
	for _, change := range spec.DeviceChange {
		if card, ok := change.GetVirtualDeviceConfigSpec().Device.(types.BaseVirtualEthernetCard); ok {
			out = append(out, card)
		}
	}
	return out
}

func compareCards(t *testing.T, got, want []types.BaseVirtualEthernetCard) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d NICs; Nova: %d", len(got), len(want))
	}
	for i := range want {
		g, w := got[i].GetVirtualEthernetCard(), want[i].GetVirtualEthernetCard()
		if fmt.Sprintf("%T", got[i]) != fmt.Sprintf("%T", want[i]) || g.Key != w.Key || g.MacAddress != w.MacAddress || g.AddressType != w.AddressType ||
			*g.WakeOnLanEnabled != *w.WakeOnLanEnabled || *g.Connectable != *w.Connectable || fmt.Sprintf("%T", g.Backing) != fmt.Sprintf("%T", w.Backing) ||
			(g.ResourceAllocation == nil) != (w.ResourceAllocation == nil) || w.ResourceAllocation != nil && !sameTraffic(w.ResourceAllocation, g.ResourceAllocation) {
			t.Errorf("NIC %d: %T %+v; Nova: %T %+v", i, got[i], g, want[i], w)
		}
	}
}

func compareDisk(t *testing.T, got types.VirtualMachineConfigSpec, want *types.VirtualDisk) {
	t.Helper()
	disk, ok := got.DeviceChange[0].GetVirtualDeviceConfigSpec().Device.(*types.VirtualDisk)
	if !ok || want == nil {
		t.Fatalf("disks %+v; Nova: %+v", got.DeviceChange[0], want)
	}
	if disk.CapacityInKB != want.CapacityInKB || !sameStorage(want.StorageIOAllocation, disk.StorageIOAllocation) {
		t.Errorf("root disk %d KiB, %+v; Nova: %d, %+v", disk.CapacityInKB, disk.StorageIOAllocation, want.CapacityInKB, want.StorageIOAllocation)
	}
}
