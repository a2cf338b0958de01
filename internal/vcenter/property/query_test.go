// SPDX-License-Identifier: MPL-2.0

package property

import (
	"fmt"
	"testing"
)

// BenchmarkLook measures asking about many objects at once.
func BenchmarkLook(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("at %d", n), func(b *testing.B) {
			questions := make([]Query, n)
			for i := range questions {
				questions[i] = Query{Object: ref{Type: "VirtualMachine", Value: fmt.Sprint("vm-", i)},
					Paths: []string{"name", "config", "runtime", "guest"}}
			}
			b.ReportAllocs()
			for b.Loop() {
				Filters(questions, nil)
			}
		})
	}
}
