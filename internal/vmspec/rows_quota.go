package vmspec

import (
	"fmt"
	"slices"
	"strconv"
)

// quotaRows are Nova's allocations.
var quotaRows = slices.Concat(
	quota("cpu", "CPU", "MHz", "the VM's CPU", func(b *builder) *allocation { return &b.cpu }),
	quota("memory", "memory", "MB", "the VM's memory", func(b *builder) *allocation { return &b.memory }),
	quota("disk_io", "disk", "IOPS", "the root disk", func(b *builder) *allocation { return &b.diskIO }),
	quota("vif", "NIC", "Mbit/s", "every NIC", func(b *builder) *allocation { return &b.nicTraffic }),
)

func quota(what, subject, unit, whose string, of func(*builder) *allocation) []Row {
	row := func(word, about, values, effect string) Row {
		return Row{ExtraSpec: "quota:" + what + "_" + word, Values: values, Effect: effect, says: about,
			set: func(b *builder, v string, _ bool) error { return of(b).set(word, v) }}
	}
	return []Row{
		row("limit", subject+" limit", unit, "at most so much for "+whose),
		row("reservation", subject+" reservation", unit, "at least so much for "+whose),
		row("shares_level", subject+" shares", "low, normal, high, custom", "relative weight of "+whose),
		row("shares_share", "", "a number, with level custom only", "relative weight of "+whose),
	}
}

// topologyRows are preferred and largest topologies of the CPU.
var topologyRows = cpuTopology()

func cpuTopology() []Row {
	var rows []Row
	for _, word := range []string{"sockets", "cores", "threads"} {
		rows = append(rows,
			Row{ExtraSpec: "hw:cpu_" + word, Property: "hw_cpu_" + word, Values: "a number", Effect: "preferred topology; decides numCoresPerSocket",
				Precedence: "any preference of the image's replaces all of the flavor's", set: func(b *builder, v string, image bool) error {
					return setWord(pick(image, &b.topology.image, &b.topology.flavor), word, v)
				}},
			Row{ExtraSpec: "hw:cpu_max_" + word, Property: "hw_cpu_max_" + word, Values: "a number", Effect: "largest topology allowed",
				Precedence: "the image may only lower what the flavor allows", set: func(b *builder, v string, image bool) error {
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
