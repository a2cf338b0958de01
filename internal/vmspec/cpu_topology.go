// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
)

// topology holds the sockets and cores that flavor and image ask for. vSphere has no threads, so they only count as a preference, as in
// Nova (nova.virt.hardware.get_best_cpu_topology with allow_threads=False).
type topology struct {
	vcpus              int
	flavor, image      triple // preferred
	flavorMax, imgMost triple // maximum; 0 is unset
}

type triple struct{ sockets, cores, threads int }

const novaMaximum = 65536

// coresPerSocket chooses among all topologies with sockets x cores = vcpus the one that meets most preferred values, then the one with
// most sockets.
func (t topology) coresPerSocket() (int32, error) {
	most, err := t.most()
	if err != nil {
		return 0, err
	}
	wish, err := t.preferred(most)
	if err != nil {
		return 0, err
	}
	best, bestScore := 0, -1
	for sockets := min(t.vcpus, most.sockets); sockets >= 1; sockets-- {
		if t.vcpus%sockets != 0 || t.vcpus/sockets > most.cores {
			continue
		}
		cores := t.vcpus / sockets
		if s := score(wish, triple{sockets, cores, 1}); s > bestScore {
			best, bestScore = cores, s
		}
	}
	if best == 0 {
		return 0, fmt.Errorf("%d vcpus cannot be split into at most %d sockets with at most %d cores each", t.vcpus, most.sockets, most.cores)
	}
	return int32(best), nil
}

func score(wish, have triple) (n int) {
	for _, pair := range [][2]int{{wish.sockets, have.sockets}, {wish.cores, have.cores}, {wish.threads, have.threads}} {
		if pair[0] > 0 && pair[0] == pair[1] {
			n++
		}
	}
	return n
}

// most combines the two maxima: an image may only lower the flavor's.
func (t topology) most() (triple, error) {
	join := func(word string, flavor, image int) (int, error) {
		switch {
		case flavor > 0 && image > flavor:
			return 0, fmt.Errorf("the image's hw_cpu_max_%s (%d) is above the flavor's hw:cpu_max_%s (%d)", word, image, word, flavor)
		case image > 0:
			return image, nil
		case flavor > 0:
			return flavor, nil
		}
		return novaMaximum, nil
	}
	var m triple
	var err error
	if m.sockets, err = join("sockets", t.flavorMax.sockets, t.imgMost.sockets); err != nil {
		return m, err
	}
	if m.cores, err = join("cores", t.flavorMax.cores, t.imgMost.cores); err != nil {
		return m, err
	}
	m.threads, err = join("threads", t.flavorMax.threads, t.imgMost.threads)
	return m, err
}

// preferred returns the image's preference where it has one, else the flavor's, which is dropped where it exceeds a maximum.
func (t topology) preferred(most triple) (triple, error) {
	above := func(p triple) bool {
		return p.sockets > most.sockets || p.cores > most.cores || p.threads > most.threads
	}
	if t.image != (triple{}) {
		if above(t.image) {
			return triple{}, fmt.Errorf("the image's preferred CPU topology (%d sockets, %d cores, %d threads) is above the maximum",
				t.image.sockets, t.image.cores, t.image.threads)
		}
		return t.image, nil
	}
	if above(t.flavor) {
		return triple{}, nil
	}
	return t.flavor, nil
}
