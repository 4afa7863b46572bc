# Finds manage.py and the Python of a project. To be sourced in the top folder of a work tree.

# Print a setting: that of this clone or user (git config schematools.NAME), else the project's own.
setting() {
	git config --get "schematools.$1" ||
		{ [ -f .githooks/config ] && git config --file .githooks/config --get "schematools.$1"; }
}

# Print all values of a setting, a line each.
settings() {
	git config --get-all "schematools.$1"
	[ ! -f .githooks/config ] || git config --file .githooks/config --get-all "schematools.$1"
}

# Say what is wrong, what to do, and what that means here, and end.
consequence=
refuse() {
	printf '❌ %s\n→ %s\n%s' "$1" "$2" "$consequence" >&2
	exit 2
}

# Set `manage` to the path of manage.py: that of the setting, that of the top folder, the only one.
find_manage() {
	if manage=$(setting manage); then
		[ -f "$manage" ] ||
			refuse "there is no $manage, which the setting schematools.manage names." \
				"Name manage.py from the top folder: git config schematools.manage PATH"
		return
	fi
	manage=manage.py
	[ ! -f "$manage" ] || return 0
	manage=$(git -c core.quotePath=false ls-files -- ':(glob)**/manage.py')
	case $manage in
	'') refuse "git knows no manage.py in $(pwd)." \
		"Add it, or name it: git config schematools.manage PATH" ;;
	*'
'*) refuse "there are several manage.py: $(printf '%s' "$manage" | tr '\n' ' ')" \
		"Name one: git config schematools.manage PATH" ;;
	esac
}

# Tell whether a program is a Python that has all it takes.
is_python() {
	command -v "$1" >/dev/null 2>&1 && "$1" -c '
import sys
from importlib.util import find_spec
sys.exit(not all(map(find_spec, ("django", "psycopg", "schema_tools"))))' 2>/dev/null
}

# Set `python` to that of the setting, of the active environment, of .venv or venv, or of the PATH.
# A linked work tree has no environment of its own: that of the main one will do.
find_python() {
	if python=$(setting python); then
		is_python "$python" ||
			refuse "$python, which the setting schematools.python names, is no Python with Django, psycopg and schema_tools." \
				"Name another: git config schematools.python .venv/bin/python"
		return
	fi
	project=$(dirname "$manage")
	main=$(dirname "$(git rev-parse --git-common-dir)")
	for python in \
		"${VIRTUAL_ENV:+$VIRTUAL_ENV/bin/python}" \
		"$project/.venv/bin/python" "$project/venv/bin/python" .venv/bin/python venv/bin/python \
		"$main/$project/.venv/bin/python" "$main/$project/venv/bin/python" \
		"$main/.venv/bin/python" "$main/venv/bin/python" python3 python; do
		! is_python "$python" || return 0
	done
	refuse 'no Python with Django, psycopg and schema_tools was found in $VIRTUAL_ENV, .venv, venv or on the PATH.' \
		"Install the project's requirements, or name its Python: git config schematools.python PATH"
}
