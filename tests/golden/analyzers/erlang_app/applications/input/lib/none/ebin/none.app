{application,none,[{vsn,"1"},{licenses,[]}]}.
