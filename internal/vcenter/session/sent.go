// SPDX-License-Identifier: MPL-2.0

package session

import (
	"context"
	"reflect"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Sent is a change as it was sent: what the task that it starts is about.
type Sent struct {
	Method string                       // for example CloneVM_Task
	Object types.ManagedObjectReference // that the method was called on
}

type sentKey struct{}

// NoteSent returns a context and a Sent that holds the last change sent with it. Read it only once the call has returned.
func NoteSent(ctx context.Context) (context.Context, *Sent) {
	sent := &Sent{}
	return context.WithValue(ctx, sentKey{}, sent), sent
}

// noteSent notes a change where the context has a Sent.
func noteSent(ctx context.Context, req soap.HasFault) {
	sent, asked := ctx.Value(sentKey{}).(*Sent)
	if !asked {
		return
	}
	sent.Method = methodName(req)
	if call := reflect.ValueOf(req).Elem().FieldByName("Req"); call.IsValid() && !call.IsNil() {
		sent.Object, _ = call.Elem().FieldByName("This").Interface().(types.ManagedObjectReference)
	}
}
