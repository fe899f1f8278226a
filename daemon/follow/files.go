package follow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// fileWork is the records of an account whose files are to be fetched. It is
// bounded by the number of records.
type fileWork struct {
	unplanned bool               // all records are to be looked through first
	todo      []content.Path     // the next one last: the profile, then the newest post
	later     []content.Path     // whose files nobody gave, in the order they were tried
	interrupt context.CancelFunc // ends the exchange under way, if there is one
}

func (w *fileWork) pending() bool { return w.unplanned || len(w.todo)+len(w.later) > 0 }

func (w *fileWork) lookAtAll() { w.unplanned, w.todo, w.later = true, nil, nil }

// add takes up records that are newer than all others, and has them come first.
func (w *fileWork) add(paths []content.Path) {
	if w.unplanned {
		return
	}
	w.todo = append(w.todo, paths...)
	if len(w.todo)+len(w.later) > 2*maxRecords { // some are there many times
		w.lookAtAll()
	}
	if w.interrupt != nil {
		w.interrupt()
	}
}

// job is one record with files that are missing.
type job struct {
	path  content.Path
	files []record.File
}

// fetchFiles is one turn: looking through all records, or one exchange.
func (k *Keeper) fetchFiles(ctx context.Context, a *account) error {
	k.mu.Lock()
	unplanned := a.files.unplanned
	a.files.unplanned = false
	k.mu.Unlock()
	if unplanned {
		return k.plan(ctx, a)
	}
	jobs, at, err := k.gather(ctx, a)
	if err != nil {
		k.giveBack(a, jobs, at)
		return err
	}
	return k.fetchSome(ctx, a, jobs, at)
}

// fetchSome is one exchange for the files of some records. What peers do not give
// waits until all others were tried. An exchange that brought nothing is a
// failure, so that the next one waits.
func (k *Keeper) fetchSome(ctx context.Context, a *account, jobs []job, at int) error {
	arrived, cut, err := k.fetchJobs(ctx, a, jobs)
	if err == nil {
		return nil
	}
	left, lookErr := k.incomplete(ctx, jobs)
	switch {
	case cut:
		k.giveBack(a, left, at)
		return lookErr
	case lookErr != nil, ctx.Err() != nil, errors.Is(err, errNobody), !peersFault(err):
		k.giveBack(a, left, at)
		return errors.Join(err, lookErr)
	}
	last := k.postpone(a, left)
	switch {
	case arrived > 0:
		return nil // so that the next exchange begins at once
	case last:
		return content.E("follow.files", content.Unavailable,
			fmt.Errorf("some photos are with nobody who is connected; they are tried again: %w", err))
	}
	return err
}

// peersFault reports whether an exchange failed for what peers sent or did not
// send.
func peersFault(err error) bool {
	switch content.KindOf(err) {
	case content.Unavailable, content.Invalid, content.TooLarge:
		return true
	}
	return false
}

// giveBack gives jobs their place again, behind what has come since.
func (k *Keeper) giveBack(a *account, jobs []job, at int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if w := &a.files; !w.unplanned {
		paths := pathsOf(jobs)
		slices.Reverse(paths)
		w.todo = slices.Insert(w.todo, min(at, len(w.todo)), paths...)
	}
}

// postpone puts jobs behind all others, and reports whether there are no others.
func (k *Keeper) postpone(a *account, jobs []job) (last bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	w := &a.files
	if !w.unplanned {
		w.later = append(w.later, pathsOf(jobs)...)
	}
	return !w.unplanned && len(w.todo) == 0 && len(w.later) > 0
}

func pathsOf(jobs []job) []content.Path {
	paths := make([]content.Path, len(jobs))
	for i, j := range jobs {
		paths[i] = j.path
	}
	return paths
}

// gather takes the next records from the work, as many as one exchange takes. The
// index is where they stood.
func (k *Keeper) gather(ctx context.Context, a *account) (jobs []job, at int, err error) {
	room, err := k.roomOf(ctx, a)
	if err != nil {
		return nil, 0, err
	}
	size, most := int64(0), max(min(bytesAtOnce, k.Budget.Remaining()), 1) // one record at least
	for len(jobs) < postsAtOnce && size < most {
		path, i, ok := k.pop(a)
		if !ok {
			break
		}
		at = i
		files, err := k.missingOf(ctx, a.id, path)
		if err != nil {
			return append(jobs, job{path: path}), at, err
		}
		for _, f := range files {
			size += f.Size
		}
		if size > room {
			return k.gatherNoMore(a, jobs, job{path, files}, at)
		}
		if len(files) > 0 {
			jobs = append(jobs, job{path, files})
		}
	}
	return jobs, at, nil
}

func (k *Keeper) pop(a *account) (p content.Path, at int, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	w := &a.files
	if len(w.todo) == 0 {
		slices.Reverse(w.later)
		w.todo, w.later = w.later, nil
	}
	n := len(w.todo)
	if n == 0 {
		return "", 0, false
	}
	p = w.todo[n-1]
	w.todo = w.todo[:n-1]
	return p, n - 1, true
}

// missingOf returns the files of a record that are missing; none if the record
// is gone.
func (k *Keeper) missingOf(ctx context.Context, id content.AccountID, path content.Path) ([]record.File, error) {
	view, err := k.Replica.View(ctx, id)
	if err != nil {
		return nil, err
	}
	block, err := view.Get(ctx, path)
	if content.KindOf(err) == content.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return k.due(ctx, id, path, block.Data)
}

// fetchJobs gets the files of some records, and returns how many blocks arrived
// and whether it was cut short because newer records came.
func (k *Keeper) fetchJobs(ctx context.Context, a *account, jobs []job) (arrived int, cut bool, err error) {
	if len(jobs) == 0 {
		return 0, false, nil
	}
	holders := k.holders(a.id)
	if len(holders) == 0 {
		return 0, false, errNobody
	}
	exchange, cancel := context.WithCancel(ctx)
	defer cancel()
	k.interruptWith(a, cancel)
	defer k.interruptWith(a, nil)
	al := &album{Keeper: k, account: a, roots: make(map[cid.Cid]int)}
	err = al.fetch(exchange, holders, jobs)
	return al.count(), exchange.Err() != nil && ctx.Err() == nil, err
}

func (k *Keeper) interruptWith(a *account, f context.CancelFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a.files.interrupt = f
}

// incomplete returns the jobs whose files are still missing; all, if that can't
// be found out.
func (k *Keeper) incomplete(ctx context.Context, jobs []job) ([]job, error) {
	var left []job
	for _, j := range jobs {
		files, err := k.absent(context.WithoutCancel(ctx), j.files)
		if err != nil {
			return jobs, err
		}
		if len(files) > 0 {
			left = append(left, job{j.path, files})
		}
	}
	return left, nil
}
