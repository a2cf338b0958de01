// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"strconv"
)

// topologyRows are the preferred and the largest CPU topologies.
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

func setWord(t *triple, word, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil {
		return fmt.Errorf("%q is not a whole number", value)
	}
	*map[string]*int{"sockets": &t.sockets, "cores": &t.cores, "threads": &t.threads}[word] = n
	return nil
}
