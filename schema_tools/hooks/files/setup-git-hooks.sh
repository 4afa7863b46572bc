#!/bin/sh
# Lets git run the hooks in .githooks: core.hooksPath. Hooks that were there before go on running.
#
#     bash scripts/setup-git-hooks.sh [--uninstall]
#
# Run it once in each clone; again does no harm. With --uninstall all is as it was before.
set -eu

hooks=.githooks

say() {
	printf '%s\n' "$*"
}

fail() {
	printf '❌ %s\n→ %s\n' "$1" "$2" >&2
	exit 2
}

# Print where core.hooksPath is set, among those places that this script may write to.
scope() {
	case $(git config --show-scope --get core.hooksPath || true) in
	worktree*) echo worktree ;;
	*) echo local ;;
	esac
}

# Remember where the hooks were; a path that holds for all repositories is not this one's to restore.
remember() {
	git config "--$scope" --unset-all schematools.earlierHooks || true
	git config "--$scope" --unset-all schematools.earlierHooksLocal || true
	[ -n "$current" ] || return 0
	git config "--$scope" schematools.earlierHooks "$current"
	if git config "--$scope" --get core.hooksPath >/dev/null; then
		git config "--$scope" schematools.earlierHooksLocal true
	fi
}

# Print the folder of the hooks that were there before.
earlier() {
	git config --type=path --get schematools.earlierHooks ||
		printf '%s/hooks\n' "$(git rev-parse --git-common-dir)"
}

# Call each hook of that folder: those that git seldom runs are not in .githooks from the start.
adopt() {
	for hook in "$(earlier)"/*; do
		name=${hook##*/}
		case $name in *.*) continue ;; esac
		[ -f "$hook" ] && [ -x "$hook" ] || continue
		if [ ! -e "$hooks/$name" ]; then
			ln -s run-hook "$hooks/$name"
			git config "--$scope" --add schematools.addedHook "$name"
			say "Added $hooks/$name; commit it, so that other work trees have it, too."
		fi
		say "Goes on running: $hook"
	done
}

# Say whether the hook will find what it needs; it need not be there yet.
look() {
	if found=$(. "$hooks/project.sh" && find_manage && find_python && echo "$python, $manage"); then
		say "It will use $found."
	else
		say "Until that is mended, the hook blocks commits that it should check."
	fi
}

install() {
	[ -f "$hooks/run-hook" ] ||
		fail "there is no $hooks/run-hook in $top." \
			"Is this a branch without it? To make it: python -m schema_tools.hooks install"
	chmod +x "$hooks/run-hook" "$hooks/check-staged"
	if [ "$current" = "$hooks" ]; then
		say "Git runs the hooks of $hooks already."
	else
		[ "$current" -ef "$hooks" ] || remember
		git config "--$scope" core.hooksPath "$hooks"
		say "Git now runs the hooks of $hooks."
	fi
	adopt
	found=$(git config --show-origin --get core.hooksPath)
	[ "${found##*	}" = "$hooks" ] ||
		fail "core.hooksPath is still ${found##*	}, which ${found%%	*} says." "Take it out there."
	look
}

uninstall() {
	if [ "$current" != "$hooks" ]; then
		say "core.hooksPath is not $hooks: there is nothing to undo."
		return
	fi
	if [ "$(git config "--$scope" --get schematools.earlierHooksLocal)" = true ]; then
		git config "--$scope" core.hooksPath "$(git config --get schematools.earlierHooks)"
	else
		git config "--$scope" --unset-all core.hooksPath
	fi
	for name in $(git config "--$scope" --get-all schematools.addedHook); do
		if [ -L "$hooks/$name" ] && ! git ls-files --error-unmatch -- "$hooks/$name" >/dev/null 2>&1; then
			rm "$hooks/$name"
		fi
	done
	for setting in earlierHooks earlierHooksLocal addedHook; do
		git config "--$scope" --unset-all "schematools.$setting" || true
	done
	restored=$(git config --get core.hooksPath) || restored="$(git rev-parse --git-common-dir)/hooks"
	say "Git runs the hooks of $restored again."
}

case ${1:-} in
-h | --help)
	sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "$0"
	exit 0
	;;
esac

# The repository of this script, wherever it is called from.
cd "$(dirname "$0")"
top=$(git rev-parse --show-toplevel 2>/dev/null) && [ -n "$top" ] ||
	fail "$(pwd) is in no work tree of git." "Clone the project with git, and run it there."
cd "$top"
current=$(git config --get core.hooksPath || true)
scope=$(scope)

case ${1:-} in
'') install ;;
--uninstall) uninstall ;;
*) fail "there is no option $1." "Known: --uninstall, --help." ;;
esac
