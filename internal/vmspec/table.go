package vmspec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// builder collects what extra specs and image properties say.
type builder struct {
	cpu, memory, diskIO, nicTraffic allocation
	topology                        topology
	nicType                         string
	nics                            int // how many there will be
	guestID, firmware               string
	cpuHotAdd, memoryHotAdd         *bool
}

// Row is one line of the translation: a flavor's extra spec, an image's property, or both for the same thing.
type Row struct {
	ExtraSpec string // empty: image only
	Property  string // empty: flavor only
	Values    string // what may be written, for people
	Effect    string // what it does in vSphere, for people
	set       func(b *builder, value string, image bool) error
}

// Table is the whole mapping; validation and documentation read it too. Where flavor and image say the same thing, rows of
// the topology combine them and all others let the image win, as Nova does.
var Table = slices.Concat(
	quota("cpu", "MHz", "the VM's CPU", func(b *builder) *allocation { return &b.cpu }),
	quota("memory", "MB", "the VM's memory", func(b *builder) *allocation { return &b.memory }),
	quota("disk_io", "IOPS", "the root disk", func(b *builder) *allocation { return &b.diskIO }),
	quota("vif", "Mbit/s", "every NIC", func(b *builder) *allocation { return &b.nicTraffic }),
	cpuTopology(),
	[]Row{
		{"vmware:cpu_hot_add", "", "true, false", "vCPUs can be added while the instance runs", func(b *builder, v string, _ bool) error { return setBool(&b.cpuHotAdd, v) }},
		{"vmware:memory_hot_add", "", "true, false", "memory can be added while the instance runs", func(b *builder, v string, _ bool) error { return setBool(&b.memoryHotAdd, v) }},
		{"", "hw_vif_model", strings.Join(nicModels(), ", "), "type of every NIC; unset: e1000, as in Nova", setNICType},
		{"", "hw_firmware_type", "bios, uefi", "firmware; unset: the template's", setFirmware},
		{"", "vmware_ostype", "a vSphere guest id, for example debian12_64Guest", "guest id; unset: the template's", func(b *builder, v string, _ bool) error { b.guestID = v; return nil }},
	},
)

func quota(what, unit, whose string, of func(*builder) *allocation) []Row {
	row := func(word, values, effect string) Row {
		return Row{ExtraSpec: "quota:" + what + "_" + word, Values: values, Effect: effect,
			set: func(b *builder, v string, _ bool) error { return of(b).set(word, v) }}
	}
	return []Row{
		row("limit", unit, "at most so much for "+whose),
		row("reservation", unit, "at least so much for "+whose),
		row("shares_level", "low, normal, high, custom", "relative weight of "+whose),
		row("shares_share", "a number, with level custom only", "relative weight of "+whose),
	}
}

func cpuTopology() []Row {
	var rows []Row
	for _, word := range []string{"sockets", "cores", "threads"} {
		rows = append(rows,
			Row{"hw:cpu_" + word, "hw_cpu_" + word, "a number", "preferred topology; decides numCoresPerSocket", func(b *builder, v string, image bool) error {
				return setWord(pick(image, &b.topology.image, &b.topology.flavor), word, v)
			}},
			Row{"hw:cpu_max_" + word, "hw_cpu_max_" + word, "a number", "largest topology allowed", func(b *builder, v string, image bool) error {
				return setWord(pick(image, &b.topology.imgMost, &b.topology.flavorMax), word, v)
			}})
	}
	return rows
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

func setWord(t *triple, word, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil {
		return fmt.Errorf("%q is not a whole number", value)
	}
	*map[string]*int{"sockets": &t.sockets, "cores": &t.cores, "threads": &t.threads}[word] = n
	return nil
}

func setBool(target **bool, value string) error {
	v, err := strconv.ParseBool(value)
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", value)
	}
	*target = &v
	return nil
}

func setFirmware(b *builder, value string, _ bool) error {
	firmware, ok := map[string]types.GuestOsDescriptorFirmwareType{"uefi": types.GuestOsDescriptorFirmwareTypeEfi, "bios": types.GuestOsDescriptorFirmwareTypeBios}[value]
	if !ok {
		return fmt.Errorf("%q is not a firmware: write bios or uefi", value)
	}
	b.firmware = string(firmware)
	return nil
}

// take reads flavor and image. Everything the table does not know of the flavor is leftover; an image's other properties
// speak to other programs and are passed over.
func (b *builder) take(extraSpecs, properties map[string]string) (leftover []string, err error) {
	for _, key := range slices.Sorted(maps.Keys(extraSpecs)) {
		i := slices.IndexFunc(Table, func(r Row) bool { return r.ExtraSpec == key })
		if i < 0 {
			leftover = append(leftover, key)
			continue
		}
		if err := Table[i].set(b, extraSpecs[key], false); err != nil {
			return leftover, &openstack.FieldError{Field: "extra_specs", Key: key, Err: err}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		if i := slices.IndexFunc(Table, func(r Row) bool { return r.Property == key }); i >= 0 {
			if err := Table[i].set(b, properties[key], true); err != nil {
				return leftover, openstack.Wrong("image_id", "the image's property %s: %w", key, err)
			}
		}
	}
	return leftover, errors.Join(b.cpu.check("quota:cpu_"), b.memory.check("quota:memory_"), b.diskIO.check("quota:disk_io_"), b.nicTraffic.check("quota:vif_"))
}

// Leftover names the extra specs that have no meaning here, and checks the values of the others.
func Leftover(f openstack.Flavor) ([]string, error) {
	_, leftover, err := Desired(Wish{Flavor: f})
	return leftover, err
}

// Meaningful keeps those of an image's properties that the table knows.
func Meaningful(properties map[string]string) map[string]string {
	out := map[string]string{}
	for key, value := range properties {
		if slices.ContainsFunc(Table, func(r Row) bool { return r.Property == key }) {
			out[key] = value
		}
	}
	return out
}
