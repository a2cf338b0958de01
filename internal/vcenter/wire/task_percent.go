// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

type percentKey struct{}

// WithPercent returns a context whose tasks tell how much of them is done, whenever a look at them shows more. vCenter knows it of long
// tasks only, such as relocations and snapshots (TaskInfo.progress). tell is called for one figure after the other, and a task does not
// end before it has returned.
func WithPercent(ctx context.Context, tell func(percent int32)) context.Context {
	return context.WithValue(ctx, percentKey{}, tell)
}

// percents returns what takes a task's looks, and what ends the telling; nil where nobody listens. The figures are passed on by a
// goroutine, because looks are taken under the lock of all polls.
func percents(ctx context.Context) (saw func(types.ObjectContent), ended func()) {
	tell, listens := ctx.Value(percentKey{}).(func(percent int32))
	if !listens {
		return nil, func() {}
	}
	figures, done := make(chan int32, 100), make(chan struct{}) // a figure only grows, and is below 100
	go func() {
		defer close(done)
		for percent := range figures {
			tell(percent)
		}
	}()
	last := int32(0)
	saw = func(content types.ObjectContent) {
		var t mo.Task
		if property.Load(content, &t) != nil || t.Info.Progress <= last || t.Info.Progress >= 100 {
			return
		}
		last = t.Info.Progress
		figures <- last
	}
	return saw, func() {
		close(figures)
		<-done
	}
}
